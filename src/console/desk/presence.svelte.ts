import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'

type Present = components['schemas']['Presence']

/** A lease holds for 30 seconds. */
const renewMs = 12_000
/** How long somebody counts as writing after the last key. */
const writingMs = 15_000

/** Who else is at a ticket, and that I am: said when I come, while the page is seen, and when I leave. */
export class Presence {
  others = $state.raw<Present[]>([])
  readonly ticketId: string
  #timer: ReturnType<typeof setInterval> | undefined
  #wroteAt = 0
  #told: Present['state'] | null = null
  #stops: (() => void)[] = []

  constructor(ticketId: string) {
    this.ticketId = ticketId
  }

  get #params() {
    return { path: { ticketId: this.ticketId } }
  }

  /** Comes to the ticket. Returns what leaves it. */
  begin(): () => void {
    const see = (): void => {
      if (document.visibilityState === 'visible') void this.#tell()
    }
    const leave = (): void => void this.#leave()
    void this.#tell()
    void this.#read()
    this.#timer = setInterval(see, renewMs)
    document.addEventListener('visibilitychange', see)
    addEventListener('pagehide', leave)
    this.#stops = [
      live.onPassing<{ ticket_id: string; present: Present[] }>('presence.changed', ({ ticket_id, present }) => {
        if (ticket_id === this.ticketId) this.others = present
      }),
      live.onCatchUp(() => void this.#read()),
      () => document.removeEventListener('visibilitychange', see),
      () => removeEventListener('pagehide', leave),
    ]
    return () => {
      clearInterval(this.#timer)
      for (const stop of this.#stops) stop()
      leave()
    }
  }

  /** Somebody types here. */
  writes(): void {
    this.#wroteAt = Date.now()
    if (this.#told !== 'replying') void this.#tell()
  }

  /** What was written is sent, or left. */
  rests(): void {
    this.#wroteAt = 0
    if (this.#told === 'replying') void this.#tell()
  }

  async #tell(): Promise<void> {
    const state = Date.now() - this.#wroteAt < writingMs ? 'replying' : 'viewing'
    this.#told = state
    await answerOf(api.PUT('/tickets/{ticketId}/presence', { params: this.#params, body: { state } }))
  }

  async #leave(): Promise<void> {
    this.#told = null
    await answerOf(api.DELETE('/tickets/{ticketId}/presence', { params: this.#params, keepalive: true }))
  }

  async #read(): Promise<void> {
    const answer = await answerOf(api.GET('/tickets/{ticketId}/presence', { params: this.#params }))
    if (answer.ok) this.others = answer.data.present
  }
}
