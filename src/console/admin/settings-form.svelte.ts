import { answerOf, api, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { areWithin, differing, stillSaid, type Values, valuesOf } from './settings-values.ts'

type Settings = components['schemas']['Settings']
export type Name = keyof Values

/** A setting that two admins changed at once: what it is now, and by whom. */
export interface Conflict {
  name: Name
  by: string | null
}

/** What stands before the first answer; no screen shows it. */
const blank: Values = {
  name: '',
  languages: ['en'],
  time_zone: 'UTC',
  accent_colour: '#1f5fbf',
  registration: 'open',
  registration_domains: [],
  second_factor_required: false,
  mail_sender: { name: null, address: '' },
  mail_signature: null,
  auto_close_days: 0,
  comment_edit_minutes: 0,
  undo_seconds: 0,
  deleted_days: 0,
  mail_parameters_days: 0,
  products_by: 'staff',
}

/** The settings of the desk as they are, as the admin wants them, and what became of saving them. */
export class SettingsForm {
  /** What is kept now; null until it was read. */
  kept = $state.raw<Settings | null>(null)
  wanted = $state.raw<Values>(blank)
  /** Settings that shall follow the default again. */
  toDefault = $state.raw<Name[]>([])
  conflicts = $state.raw<Conflict[]>([])
  warnings = $state.raw<string[]>([])
  problem = $state.raw<Problem | null>(null)
  isBusy = $state(false)
  #etag = ''

  /** The names of the settings that are to be another. */
  get changes(): Name[] {
    if (this.kept === null) return []
    const changed = differing(valuesOf(this.kept.settings), this.wanted)
    return [...new Set([...changed, ...this.toDefault])]
  }

  async read(): Promise<void> {
    const answer = await answerOf(api.GET('/settings'))
    this.problem = answer.ok ? null : answer.problem
    if (answer.ok) this.#take(answer.data, answer.etag)
  }

  want(change: Partial<Values>): void {
    const wanted = { ...this.wanted, ...change }
    this.problem = this.problem && stillSaid(this.problem, this.wanted, wanted)
    this.wanted = wanted
    this.toDefault = this.toDefault.filter((name) => !(name in change))
  }
  followDefault(name: Name): void {
    if (this.kept === null) return
    this.want({ [name]: this.kept.settings[name].default })
    this.toDefault = [...this.toDefault, name]
  }
  discard(): void {
    if (this.kept === null) return
    this.wanted = valuesOf(this.kept.settings)
    this.toDefault = []
    this.conflicts = []
    this.problem = null
  }
  /** Decides a conflict: what is kept now, or what was wanted. */
  decide(name: Name, takesKept: boolean): void {
    this.conflicts = this.conflicts.filter((conflict) => conflict.name !== name)
    if (takesKept && this.kept !== null) {
      this.wanted = { ...this.wanted, [name]: valuesOf(this.kept.settings)[name] }
      this.toDefault = this.toDefault.filter((one) => one !== name)
    }
  }

  /** Saves what is to be another. True when it is saved. */
  async save(proof: { current_password: string; second_factor_code?: string } | null): Promise<boolean> {
    if (this.isBusy || this.changes.length === 0 || !areWithin(this.wanted)) return false
    this.isBusy = true
    const isSaved = await this.#send(proof, true)
    this.isBusy = false
    return isSaved
  }

  #take(settings: Settings, etag: string | null): void {
    const mine = this.changes
    this.kept = settings
    this.#etag = etag ?? ''
    const now = valuesOf(settings.settings)
    const untouched = (Object.keys(now) as Name[]).filter((name) => !mine.includes(name))
    this.wanted = { ...this.wanted, ...Object.fromEntries(untouched.map((name) => [name, now[name]])) }
  }

  async #send(proof: object | null, mayTryAgain: boolean): Promise<boolean> {
    const asked = this.changes.map((name) => [name, this.toDefault.includes(name) ? null : this.wanted[name]])
    const body = { ...Object.fromEntries(asked), ...proof }
    const answer = await answerOf(api.PATCH('/settings', { params: { header: { 'If-Match': this.#etag } }, body }))
    if (answer.ok) {
      this.toDefault = []
      this.conflicts = []
      this.problem = null
      this.kept = answer.data
      this.wanted = valuesOf(answer.data.settings)
      this.#etag = answer.etag ?? ''
      this.warnings = (answer.data.warnings ?? []).map(({ code }) => code)
      return true
    }
    if (answer.problem.code !== 'stale_version') {
      this.problem = answer.problem
      return false
    }
    return this.#meet(answer.problem, proof, mayTryAgain)
  }

  /** Somebody else saved meanwhile. What only they changed stands; what both changed is to be decided. */
  async #meet(refusal: Problem, proof: object | null, mayTryAgain: boolean): Promise<boolean> {
    const before = this.kept
    const mine = this.changes
    await this.read()
    if (this.kept === null || before === null || this.problem !== null) return false
    const theirs = differing(valuesOf(before.settings), valuesOf(this.kept.settings))
    const changed = (refusal.members.changed ?? []) as { field: string; by: string | null }[]
    const byWhom = (name: Name) => changed.findLast(({ field }) => field === name)?.by ?? null
    const both = mine.filter((name) => theirs.includes(name) && this.changes.includes(name))
    this.conflicts = both.map((name) => ({ name, by: byWhom(name) }))
    if (both.length > 0) return false
    if (this.changes.length === 0) return true
    if (mayTryAgain) return this.#send(proof, false)
    this.problem = refusal
    return false
  }
}
