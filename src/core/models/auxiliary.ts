import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { Endpoint } from './endpoint.ts'
import type { ModelLease } from './source.ts'

/** An endpoint that is asked for something else than words, for the time of one use. */
export interface ServiceLease {
  endpoint: Endpoint
  /** Over the client's own connections; a redirect is followed by nobody. */
  fetch: typeof globalThis.fetch
  [Symbol.asyncDispose](): Promise<void>
}

/** The models that tools ask beside the session's own, as `models.jsonc` names them under `auxiliary`. */
export interface AuxiliaryModels {
  /**
   * The model configured for this purpose, else the session's.
   *
   * @param session the session's own choice, as `ModelSource.acquire` takes it
   * @throws {ModelError} `no_model` when there is none
   */
  chat(purpose: 'small' | 'vision', session: string | undefined, token: CancellationToken): Promise<ModelLease>
  /** The ids of the configured panel, for `ModelSource.acquire`; empty where none is configured. */
  panel(token: CancellationToken): Promise<readonly string[]>
  /**
   * Where pictures and speech are made: the configured model at the endpoint in use, or the usual one of that endpoint.
   *
   * @throws {ModelError} `no_model` when there is no such endpoint
   */
  service(purpose: 'image' | 'speech', token: CancellationToken): Promise<ServiceLease>
}
