import { type Action, categories, type Name, type Outcome, roles, tickets } from './merge-actions.ts'
import { done, forbidden, isOpen, refused, type TicketState, unseen } from './merge-states.ts'

/**
 * A plain model of a desk whose tickets are merged, by the words of the guide: everything is walked through from edge
 * to edge, and nothing is kept beside the edges.
 */
export class MergeModel {
  readonly tickets: TicketState[] = tickets.map(([customer, category]) => ({
    customer,
    category,
    technician: null,
    status: 'new',
    mergedInto: null,
    reopened: false,
    watchers: new Map(),
    said: [],
  }))
  /** The links as `parent 0 1`: the parent of the first ticket is the second. */
  private readonly links = new Set<string>()

  at(place: number): TicketState {
    const ticket = this.tickets[place]
    if (ticket === undefined) throw new Error(`there is no ticket ${place}`)
    return ticket
  }

  root(place: number): number {
    const { mergedInto } = this.at(place)
    return mergedInto === null ? place : this.root(mergedInto)
  }

  /** The places of a conversation, by its final target. */
  conversation(root: number): number[] {
    return this.tickets.flatMap((_, place) => (this.root(place) === root ? [place] : []))
  }

  sees(name: Name, place: number): boolean {
    if (roles[name] === 'admin') return true
    if (roles[name] === 'customer') return this.at(place).customer === name
    const root = this.root(place)
    const { technician, category } = this.at(root)
    const watches = this.conversation(root).some((of) => this.at(of).watchers.has(name))
    return technician === name || (technician === null && category === categories[name]) || watches
  }

  private worksOn(name: Name, place: number): boolean {
    return roles[name] === 'admin' || this.at(place).technician === name
  }

  /** The final targets of the parents of a conversation, without itself. */
  private parents(root: number): number[] {
    return [...this.links].flatMap((link) => {
      const [kind, of, other] = link.split(' ')
      if (kind !== 'parent' || this.root(Number(of)) !== root) return []
      const parent = this.root(Number(other))
      return parent === root ? [] : [parent]
    })
  }

  private isAbove(above: number, below: number, seen = new Set<number>()): boolean {
    return this.parents(below).some((parent) => {
      if (parent === above) return true
      if (seen.has(parent)) return false
      seen.add(parent)
      return this.isAbove(above, parent, seen)
    })
  }

  private hasOpenChildren(root: number): boolean {
    return this.tickets.some(
      (_, place) => this.root(place) === place && isOpen(this.at(place).status) && this.parents(place).includes(root),
    )
  }

  /** Who may close a ticket that is neither closed nor merged: by the answer. */
  closing(name: Name, place: number): Outcome {
    if (!this.sees(name, place)) return unseen
    if (!this.worksOn(name, place) && this.at(place).customer !== name) return forbidden
    if (roles[name] === 'technician' && isOpen(this.at(place).status)) return refused('illegal_transition')
    return this.hasOpenChildren(place) ? refused('children_open') : done
  }

  /** Whether the model says what comes of an action. The life of a ticket has a model of its own. */
  knows(action: Action): boolean {
    const { technician, status, mergedInto } = this.at(action.of)
    switch (action.kind) {
      case 'assign':
        return roles[action.by] === 'admin' && isOpen(status) && mergedInto === null
      case 'resolve':
        return roles[action.by] === 'admin' && isOpen(status) && mergedInto === null && technician !== null
      case 'close':
        return status !== 'closed' && mergedInto === null
      case 'comment':
        return roles[action.by] !== 'technician'
      default:
        return true
    }
  }

  /** Does what an action does, and answers with its outcome. */
  act(action: Action): Outcome {
    switch (action.kind) {
      case 'merge':
        return this.merge(action.by, action.of, action.into)
      case 'unmerge':
        return this.unmerge(action.by, action.of)
      case 'link':
      case 'unlink':
        return this.link(action)
      case 'watch':
      case 'unwatch':
        return this.watch(action)
      case 'comment':
        return this.comment(action.by, action.of, action.visibility)
      case 'assign':
        return this.assign(action.of, action.whom)
      case 'resolve':
        this.at(action.of).status = 'resolved'
        return done
      case 'close': {
        const outcome = this.closing(action.by, action.of)
        if (outcome === done) this.at(action.of).status = 'closed'
        return outcome
      }
    }
  }

  private whyNotMerged(by: Name, of: number, into: number): Outcome | null {
    if (roles[by] === 'customer') return forbidden
    if (!this.sees(by, of)) return unseen
    if (!this.worksOn(by, of)) return forbidden
    if (of === into) return refused('merge_into_itself')
    if (!this.sees(by, into)) return refused('merge_target_unknown')
    if (!this.worksOn(by, into)) return forbidden
    if (this.at(of).mergedInto !== null) return refused('ticket_merged')
    if (this.root(into) !== into) return refused(this.root(into) === of ? 'merge_circle' : 'merge_target_merged')
    if (this.at(of).customer !== this.at(into).customer) return refused('merge_across_customers')
    if (this.at(into).status === 'closed' || this.opensBelowClosed(of, into)) return refused('ticket_closed')
    return null
  }

  private closedParents(root: number): number[] {
    return this.parents(root).filter((parent) => this.at(parent).status === 'closed')
  }

  /** Whether a merge would make a done child of a closed parent an open one. */
  private opensBelowClosed(of: number, into: number): boolean {
    const known = this.closedParents(into)
    const isNew = this.closedParents(of).some((parent) => !known.includes(parent))
    return isNew && !isOpen(this.at(of).status) && isOpen(this.at(into).status)
  }

  /** Whether a ticket is open below a closed one, or closed above an open one. */
  private isApart(root: number): boolean {
    if (isOpen(this.at(root).status)) return this.closedParents(root).length > 0
    return this.at(root).status === 'closed' && this.hasOpenChildren(root)
  }

  private merge(by: Name, of: number, into: number): Outcome {
    const why = this.whyNotMerged(by, of, into)
    if (why !== null) return why
    const [ticket, target] = [this.at(of), this.at(into)]
    ticket.mergedInto = into
    if (this.isAbove(into, into)) {
      ticket.mergedInto = null
      return refused('parent_circle')
    }
    const { technician } = ticket
    if (technician !== null && technician !== target.technician && !ticket.watchers.has(technician)) {
      ticket.watchers.set(technician, true)
    }
    ticket.reopened = isOpen(ticket.status) && target.status === 'resolved'
    if (ticket.reopened) target.status = 'in_progress'
    return done
  }

  private unmerge(by: Name, of: number): Outcome {
    const ticket = this.at(of)
    const { mergedInto: into } = ticket
    if (roles[by] === 'customer') return forbidden
    if (!this.sees(by, of)) return unseen
    if (!this.worksOn(by, of)) return forbidden
    if (into === null) return refused('ticket_not_merged')
    if (!this.worksOn(by, into)) return forbidden
    ticket.mergedInto = null
    if (this.isAbove(of, of)) {
      ticket.mergedInto = into
      return refused('parent_circle')
    }
    for (const [name, isByMerge] of ticket.watchers) if (isByMerge) ticket.watchers.delete(name)
    const staysReopened = ticket.reopened && isOpen(this.at(into).status)
    const warnings = [...(staysReopened ? ['stays_reopened'] : []), ...(this.isApart(of) ? ['parent_closed'] : [])]
    return [200, warnings.join()]
  }

  private link({ kind, by, of, as, other }: Extract<Action, { kind: 'link' | 'unlink' }>): Outcome {
    if (roles[by] === 'customer') return forbidden
    if (!this.sees(by, of) || !this.sees(by, other)) return unseen
    const [root, otherRoot] = [this.root(of), this.root(other)]
    const works = this.worksOn(by, root) || (kind === 'unlink' && this.worksOn(by, otherRoot))
    if (!works) return forbidden
    if (of === other) return refused('link_to_itself')
    const isTurned = as === 'related' && of > other
    const link = `${as} ${isTurned ? other : of} ${isTurned ? of : other}`
    if (kind === 'unlink') {
      this.links.delete(link)
      return done
    }
    if (this.links.has(link)) return done
    if (root === otherRoot) return refused('link_to_itself')
    if (as === 'parent') {
      if ([...this.links].some((known) => known.startsWith(`parent ${of} `))) return refused('parent_taken')
      if (this.isAbove(root, otherRoot)) return refused('link_circle')
      if (this.at(otherRoot).status === 'closed' && isOpen(this.at(root).status)) return refused('ticket_closed')
    }
    this.links.add(link)
    return done
  }

  private watch({ kind, by, of, whom }: Extract<Action, { kind: 'watch' | 'unwatch' }>): Outcome {
    if (roles[by] === 'customer') return forbidden
    if (!this.sees(by, of)) return unseen
    const root = this.root(of)
    if (by !== whom && !this.worksOn(by, root)) return forbidden
    if (kind === 'unwatch') for (const place of this.conversation(root)) this.at(place).watchers.delete(whom)
    else if (roles[whom] === 'customer') return refused('watcher_unavailable')
    else if (!this.at(of).watchers.has(whom)) this.at(of).watchers.set(whom, false)
    return done
  }

  private comment(by: Name, of: number, visibility: 'public' | 'internal'): Outcome {
    if (!this.sees(by, of)) return unseen
    const root = this.at(this.root(of))
    if (roles[by] === 'customer') {
      if (visibility === 'internal') return forbidden
      if (root.status === 'closed') return refused('ticket_closed')
      if (root.status === 'resolved') root.status = 'in_progress'
    }
    const { said } = this.at(of)
    said.push({ text: `${of}.${said.length}`, isInternal: visibility === 'internal' })
    return [201, '']
  }

  private assign(of: number, whom: Name | null): Outcome {
    const ticket = this.at(of)
    if (ticket.technician === whom) return done
    ticket.technician = whom
    if (whom === null) ticket.status = 'new'
    else if (ticket.status === 'new') ticket.status = 'assigned'
    const isOther = whom !== null && categories[whom] !== ticket.category
    return [200, isOther ? 'technician_of_other_category' : '']
  }

  /** What a person reads of a ticket that they see: its own part when it is merged, else the whole conversation. */
  reading(name: Name, place: number) {
    const root = this.root(place)
    const parts = root === place ? this.conversation(root) : [place]
    const isCustomer = roles[name] === 'customer'
    const watchers = this.conversation(root).flatMap((of) =>
      [...this.at(of).watchers.keys()].map((whom) => `${whom} ${of}`),
    )
    const ends = parts.flatMap((of) =>
      [...this.links].flatMap((link) => {
        const [kind = '', one, two] = link.split(' ')
        const [near, far] = Number(one) === of ? [one, two] : [two, one]
        if (Number(near) !== of || this.root(Number(far)) === root || !this.sees(name, Number(far))) return []
        return [`${of} ${kind === 'parent' && far === one ? 'child' : kind} ${far}`]
      }),
    )
    return {
      status: this.at(place).status,
      merged: parts.filter((of) => of !== place),
      said: parts
        .flatMap((of) => this.at(of).said.flatMap((one) => (isCustomer && one.isInternal ? [] : [one.text])))
        .sort(),
      watchers: isCustomer ? null : watchers.sort(),
      links: isCustomer ? null : ends.sort(),
    }
  }
}
