import type { Comment } from './timeline-model.ts'

/** How near the end counts as being there, in pixels. */
const nearEnd = 48

/** What came while somebody reads further up: counted and said, and nothing moves. */
export class News {
  count = $state(0)
  /** What was said last, for those who listen: once for each arrival. */
  said = $state.raw<{ count: number; name: string } | null>(null)
  #scroller: HTMLElement | null = null
  #seen = ''
  #known = ''
  #hasBegun = false
  #isAtEnd = true

  /** Follows the region that scrolls; on a phone that is the page. */
  follow(scroller: HTMLElement): () => void {
    this.#scroller = scroller
    const look = (): void => {
      this.#isAtEnd = this.distanceFromEnd() <= nearEnd
      this.look()
    }
    // The end stays in sight when there is less room for the conversation, such as while one writes.
    const sizes = new ResizeObserver((changed) => {
      const isRoom = this.#box() === scroller || changed.some(({ target }) => target !== scroller)
      if (this.#hasBegun && this.#isAtEnd && isRoom) this.toEnd()
    })
    sizes.observe(scroller)
    const foot = scroller.parentElement?.querySelector('.ticket__foot')
    if (foot) sizes.observe(foot)
    scroller.addEventListener('scroll', look, { passive: true })
    addEventListener('scroll', look, { passive: true })
    return () => {
      sizes.disconnect()
      scroller.removeEventListener('scroll', look)
      removeEventListener('scroll', look)
    }
  }

  /** Whoever is at the end has seen what is new. */
  look(): void {
    if (this.#hasBegun && this.distanceFromEnd() <= nearEnd) this.#see()
  }

  /** The conversation has been read for the first time: it opens at its end, or at the message that is wanted. */
  begin(wanted = ''): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.toEnd()
    this.#isAtEnd = wanted === ''
    if (wanted !== '') document.getElementById(wanted)?.scrollIntoView({ block: 'center' })
  }

  /** Hears the comments that are there, the newest first. Own ones are no news. */
  hear(comments: Comment[], myId: string): void {
    const newest = comments[0]?.created_at ?? ''
    if (!this.#hasBegun) {
      this.#seen = newest
      this.#known = newest
      return
    }
    const since = (time: string): Comment[] =>
      comments.filter(({ created_at, author_id }) => created_at > time && author_id !== myId)
    const arrived = since(this.#known)
    this.#known = newest
    const [last] = arrived
    if (last) this.said = { count: arrived.length, name: last.author_name }
    this.count = since(this.#seen).length
  }

  toEnd(): void {
    const box = this.#box()
    if (box) box.scrollTop = box.scrollHeight
    this.#isAtEnd = true
    this.#see()
  }

  distanceFromEnd(): number {
    const box = this.#box()
    return box ? box.scrollHeight - box.scrollTop - box.clientHeight : 0
  }

  /** Puts the place back after older entries came in above it. */
  restore(fromEnd: number): void {
    const box = this.#box()
    if (box) box.scrollTop = box.scrollHeight - box.clientHeight - fromEnd
  }

  #see(): void {
    this.#seen = this.#known
    this.count = 0
  }

  #box(): Element | null {
    if (this.#scroller === null) return null
    const isOwn = getComputedStyle(this.#scroller).overflowY !== 'visible'
    return isOwn ? this.#scroller : document.scrollingElement
  }
}
