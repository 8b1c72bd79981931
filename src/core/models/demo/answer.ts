/** What the script says and asks for in one step. */
export interface Answer {
  text: string
  calls: { name: string; input: Record<string, unknown> }[]
}

export function call(name: string, input: Record<string, unknown>): Answer['calls'][number] {
  return { name, input }
}

export function about(): Answer {
  return {
    text: [
      'I am the demo: **a script, not an AI**. I cannot think about your request, but what I do is real: I drive the same tools that a model would, and they change real files.',
      '',
      'On the sample workspace, try one of these:',
      '',
      '- *Explain how this workspace is built*',
      '- *Run the tests and repair what fails*',
      '- *Fix the problems in the open file*, with `src/opening.js` open',
      '',
      'For anything else, choose a model.',
    ].join('\n'),
    calls: [],
  }
}

export function notTheSample(): Answer {
  return {
    text: 'This is not the sample workspace, or its files could not be read, and I am the demo: **a script, not an AI**. I know only the sample’s faults, so I stop here and have changed nothing. Choose a model to work on your own code.',
    calls: [],
  }
}
