import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { Environment, PanelAction } from '../../protocol/messages.ts'
import { focusComposer } from '../keyboard.ts'
import { Icon, type IconName } from '../icons.tsx'
import { usePanel } from '../panel.ts'
import { plural } from '../words/spans.ts'

const PROMPTS = [
  'Explain how this workspace is built',
  'Fix the problems in the open file',
  'Run the tests and repair what fails',
]

/** A new session: the ways to get a model while there is none, then what to try. */
export function FirstRun(): JSX.Element | null {
  const { store, draft } = usePanel()
  const environment = store.environment.value
  const chosen = useComputed(() => store.session.value.chosenModel).value
  if (environment?.trusted !== true) return null
  const model = chosen === undefined ? environment.model : asModel(chosen)
  const fill = (text: string): void => {
    if (PROMPTS.includes(draft.text.peek())) draft.set(text)
    else draft.prepend(text)
    focusComposer()
  }
  return (
    <div class="col first">
      <Welcome model={model} />
      {model === undefined && <Ways />}
      <div>
        <h3>{model === undefined ? 'Then try' : 'Try'}</h3>
        {PROMPTS.map((text) => (
          <button key={text} class="try" type="button" onClick={() => fill(text)}>
            <Icon name="prompt" />
            {text}
          </button>
        ))}
      </div>
    </div>
  )
}

/** What the user chose for this session alone. */
function asModel({ model, label }: { model: string; label: string }): Environment['model'] {
  return model === 'demo' ? { id: model, provider: 'demo' } : { id: label, provider: 'openai' }
}

const DEMO = 'A script, not an AI: it drives the real tools.'

function Welcome({ model }: Pick<Environment, 'model'>): JSX.Element {
  const demo = model?.provider === 'demo'
  return (
    <div>
      <Mark />
      <h2>{model === undefined ? 'Choose a model to begin' : demo ? 'The demo' : 'Ready'}</h2>
      {model === undefined && <p class="muted">You can change it at any time below the message box.</p>}
      {model !== undefined && <p class="muted">{demo ? DEMO : [model.id, model.host].filter(Boolean).join(' on ')}</p>}
    </div>
  )
}

function Ways(): JSX.Element {
  const { vscode, local } = usePanel().store.environment.value?.ways ?? { vscode: [] }
  return (
    <div>
      {vscode.length > 0 && (
        <Way icon="model" title="Models in VS Code" action="selectModel" found={plural(vscode.length, 'model')}>
          Uses the account you are signed in to.
        </Way>
      )}
      <Way icon="key" title="An API key" action="setApiKey">
        OpenAI, or any compatible endpoint. Stored in VS Code’s secret storage.
      </Way>
      <Way icon="server" title="A local server" action="useLocal" found={local}>
        Ollama or LM Studio. Nothing leaves this machine.
      </Way>
      <Way icon="play" title="The demo" action="useDemo">
        {DEMO}
      </Way>
    </div>
  )
}

interface WayProps {
  icon: IconName
  title: string
  action: PanelAction
  /** What was found on this machine. */
  found?: string
  children: string
}

function Way({ icon, title, action, found, children }: WayProps): JSX.Element {
  const { post } = usePanel()
  return (
    <button class="way" type="button" onClick={() => post({ type: 'action', action })}>
      <Icon name={icon} />
      <span>
        {title}
        <small>{children}</small>
      </span>
      {found !== undefined && (
        <span class="found">
          <Icon name="check" />
          {found}
        </span>
      )}
    </button>
  )
}

/** Four voices that enter one after the other. */
function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 44 28" aria-hidden="true">
      {[0, 1, 2, 3].map((i) => (
        <rect key={i} x={i * 8} y={1 + i * 7} width="20" height="4" rx="1" opacity={1 - i * 0.15} />
      ))}
    </svg>
  )
}
