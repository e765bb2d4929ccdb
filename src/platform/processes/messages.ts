import type { Registry } from 'prom-client'

/** The metrics of one process at one moment. */
export type Reading = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** A message of a web process to the primary. */
export type ToPrimary =
  | { kind: 'events committed' }
  | { kind: 'asked to stop' }
  | { kind: 'page wanted'; id: number }
  | { kind: 'reading'; reading: Reading }
  | { kind: 'place wanted'; id: number; key: string; atMost: number }
  | { kind: 'place given back'; key: string }

/** A message of the primary to a web process. */
export type ToChild =
  | { kind: 'stop' }
  | { kind: 'reading wanted' }
  | { kind: 'page'; id: number; page: string }
  | { kind: 'place'; id: number; key: string; isTaken: boolean }
