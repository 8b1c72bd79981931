import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { ModelFacts } from './facts.ts'
import type { Model } from './model.ts'

/** A model for the time of one turn; its client is not closed before the lease is given back. */
export interface ModelLease {
  model: Model
  /** As the panel shows it. */
  label: string
  /** What is known of it; undefined when nothing is. */
  facts: ModelFacts | undefined
  [Symbol.asyncDispose](): Promise<void>
}

export interface ModelSource {
  /**
   * @param override a model id for this turn instead of the configured one
   * @throws {ModelError} `no_model` when none is configured or found
   */
  acquire(override: string | undefined, token: CancellationToken): Promise<ModelLease>
}
