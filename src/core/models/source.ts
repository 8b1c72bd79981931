import type { CancellationToken } from '../scheduling/cancellation.ts'
import type { ModelFacts } from './facts.ts'
import type { Model } from './model.ts'
import type { ClientOwner } from './owner.ts'

/** A model for the time of one turn; its client is not closed before the lease is given back. */
export interface ModelLease {
  model: Model
  /** As the panel shows it. */
  label: string
  /** What is known of it; undefined when nothing is. */
  facts: ModelFacts | undefined
  [Symbol.asyncDispose](): Promise<void>
}

/** A model that somebody has for themselves: its client lives as long as they do. */
export interface Override {
  model: string
  owner: ClientOwner
}

export interface ModelSource {
  /**
   * @param override a model instead of the configured one; its client is the window's where no owner is named
   * @throws {ModelError} `no_model` when none is configured or found
   */
  acquire(override: string | Override | undefined, token: CancellationToken): Promise<ModelLease>
}
