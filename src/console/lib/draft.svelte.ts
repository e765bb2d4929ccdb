import type { Problem } from '../api/calls.ts'
import { isPassing } from '../api/problem.ts'
import { readDraft, writeDraft } from './draft-calls.ts'
import { type DraftKind, type DraftState, join, onNews, type ServedDraft } from './draft-rules.ts'
import { placeOf, readKept } from './kept-texts.ts'
import { sentenceOf } from './problem-words.ts'
import { keepTyped, readStored, writeStored } from './stored.ts'

const pauseMs = 500
/** After a saving that may succeed later. */
const againMs = 8_000

/** An unsent text of one person, on one ticket, of one kind: in this browser at once, and on the server soon after. */
export class Draft {
  text = $state('')
  state = $state<DraftState>('empty')
  /** When the server got the text, as it says. */
  savedAt = $state<string | null>(null)
  /** What another window or device of the same person has written meanwhile. */
  other = $state.raw<ServedDraft | null>(null)
  /** Why the server does not take the text, as a sentence. */
  problem = $state<string | null>(null)
  /** Whether the server has been asked what it has. */
  isOpen = $state(false)
  /** Whether somebody is in the field: then nothing replaces the text under the caret. */
  isHeld = false
  readonly ticketId: string
  readonly kind: DraftKind
  #base = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #saving: Promise<void> | null = null
  /** Goes up when the text is taken out, so that an answer to an older save changes nothing. */
  #life = 0
  /** Where the answer to a save belongs that was on its way when the text was taken out. */
  #noteSaved: (version: number) => void = () => {}
  /** The version whose text is being sent, and so is no draft any more. */
  #sent: number | null = null
  readonly #place: string

  constructor(ticketId: string, kind: DraftKind) {
    this.ticketId = ticketId
    this.kind = kind
    this.#place = placeOf('draft', ticketId, kind)
    const sent = readStored(`${this.#place} sent`)
    this.#sent = typeof sent === 'number' ? sent : null
    const kept = readKept(this.#place)
    if (kept === null) return
    this.text = kept.text
    this.#base = kept.base
    this.state = 'typing'
  }

  /** The version of the server that the text came from; 0 for none. */
  get version(): number {
    return this.#base
  }

  get isUnsaved(): boolean {
    return this.state === 'typing' || this.state === 'offline' || this.state === 'refused'
  }

  /** Asks the server what it has, and joins that with what has been typed. */
  async open(): Promise<void> {
    const life = this.#life
    const served = await this.#read()
    if (served === undefined || life !== this.#life) return
    this.isOpen = true
    this.#join(served)
  }

  /** What is typed: kept in this browser at once, and on the server after half a second of rest. */
  write(text: string): void {
    this.text = text
    this.state = text === '' && this.#base === 0 ? 'empty' : 'typing'
    this.problem = null
    this.#keep()
    if (this.other === null) this.#saveSoon()
  }

  /** Saves what is not saved yet. One save at a time, the last text last. */
  async save(): Promise<void> {
    clearTimeout(this.#timer)
    while (this.#saving !== null) await this.#saving
    if (!this.isUnsaved || this.other !== null) return
    this.#saving = this.#put().finally(() => {
      this.#saving = null
    })
    await this.#saving
  }

  /** Goes on with the own text, over that of the other window. */
  async keepMine(): Promise<void> {
    if (this.other !== null) this.#base = this.other.version
    this.other = null
    this.#keep()
    await this.save()
  }

  /** Takes the text of the other window. */
  takeOther(): void {
    const { other } = this
    this.other = null
    if (other !== null) this.#show(other)
  }

  /**
   * Empties the draft, because its text is being sent. The caller has kept the text elsewhere.
   * @returns its version for `draft_version`, as soon as no save is on its way; 0 when the server never had it.
   */
  take(): Promise<number> {
    const base = this.#base
    const saving = this.#saving
    let saved = base
    this.#noteSaved = (version) => {
      saved = version
    }
    this.settle(base)
    this.#empty()
    return Promise.resolve(saving).then(() => {
      this.settle(saved)
      return saved
    })
  }

  /** Notes which version is being sent: the server's draft of this version is none. 0: nothing is being sent. */
  settle(version = 0): void {
    this.#sent = version === 0 ? null : version
    writeStored(`${this.#place} sent`, this.#sent)
  }

  /** Empties the draft when another tab has sent its text. */
  leave(text: string): void {
    if (this.text === text) this.#empty()
  }

  /** Puts a text back that was not sent, or taken back. A text begun meanwhile stays, and the other is shown. */
  async giveBack(text: string): Promise<void> {
    this.settle()
    const served = await this.#read()
    const mine = this.text
    if (mine.trim() === '' || mine === text) {
      this.#base = served?.version ?? 0
      this.write(text)
      this.#join(served ?? null)
      return
    }
    this.other = { body: text, version: served?.version ?? this.#base, updated_at: new Date().toISOString() }
  }

  /** Hears that the draft is another version now. */
  async hear(version: number): Promise<void> {
    while (this.#saving !== null) await this.#saving
    const news = onNews({ base: this.#base, isUnsaved: this.isUnsaved }, version)
    if (news === 'empty') this.#empty()
    if (news !== 'read') return
    const served = await this.#read()
    if (!served || served.version === this.#base) return
    if (this.isUnsaved || (this.isHeld && this.text !== '')) this.#offer(served)
    else this.#show(served)
  }

  #offer(served: ServedDraft): void {
    const standing = join({ text: this.text, base: this.#base }, served)
    this.other = standing.other
    if (standing.other === null) this.#base = standing.base
  }

  #join(served: ServedDraft | null): void {
    const standing = join(this.isUnsaved ? { text: this.text, base: this.#base } : null, served)
    this.text = standing.text
    this.#base = standing.base
    this.other = standing.other
    this.savedAt = served?.updated_at ?? null
    this.state = standing.isUnsaved ? 'typing' : standing.text === '' ? 'empty' : 'saved'
    this.#keep()
    if (standing.isUnsaved && standing.other === null) void this.save()
  }

  #show({ body, version, updated_at }: ServedDraft): void {
    this.text = body
    this.#base = version
    this.savedAt = updated_at
    this.state = 'saved'
    this.#keep()
  }

  #empty(): void {
    clearTimeout(this.#timer)
    this.#life += 1
    this.text = ''
    this.#base = 0
    this.state = 'empty'
    this.savedAt = null
    this.other = null
    this.problem = null
    this.#keep()
  }

  /** The draft of the server; null: there is none. Undefined: nobody knows. */
  async #read(): Promise<ServedDraft | null | undefined> {
    const answer = await readDraft(this)
    if (answer.ok) return answer.data.version === this.#sent ? { ...answer.data, body: '' } : answer.data
    return answer.problem.code === 'draft_not_found' ? null : undefined
  }

  async #put(): Promise<void> {
    const { text } = this
    const life = this.#life
    const answer = await writeDraft(this, this.#base, text)
    if (life !== this.#life) {
      if (answer.ok) this.#noteSaved(answer.data?.version ?? 0)
      return
    }
    if (answer.ok) this.#saved(text, answer.data)
    else await this.#notSaved(answer.problem)
  }

  #saved(text: string, draft: ServedDraft | undefined): void {
    this.#base = draft?.version ?? 0
    this.savedAt = draft?.updated_at ?? null
    this.problem = null
    if (this.text === text) this.state = draft === undefined ? 'empty' : 'saved'
    else this.#saveSoon()
    this.#keep()
  }

  #saveSoon(ms = pauseMs): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.save(), ms)
  }

  async #notSaved(problem: Problem): Promise<void> {
    if (isPassing(problem)) {
      this.state = 'offline'
      this.#saveSoon(againMs)
      return
    }
    if (problem.code !== 'stale_version') {
      this.state = 'refused'
      this.problem = sentenceOf(problem)
      return
    }
    const served = await this.#read()
    if (served === undefined) this.state = 'offline'
    else this.#join(served)
  }

  /** Only what the server does not have yet is in the browser, so that little is left on a machine that others use. */
  #keep(): void {
    keepTyped(this.#place, this.isUnsaved ? { text: this.text, base: this.#base } : null)
  }
}
