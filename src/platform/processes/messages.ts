import type { Registry } from 'prom-client'

/** What the metrics of one process say at one moment. */
export type Reading = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** What a web process tells the primary. */
export type ToPrimary =
  | { kind: 'news' }
  | { kind: 'asked to stop' }
  | { kind: 'page wanted'; id: number }
  | { kind: 'reading'; reading: Reading }

/** What the primary tells a web process. */
export type ToChild = { kind: 'stop' } | { kind: 'reading wanted' } | { kind: 'page'; id: number; page: string }
