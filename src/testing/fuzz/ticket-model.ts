/** Who acts on the ticket of the model. */
export const actors = [
  'nobody',
  'admin',
  'network technician',
  'printer technician',
  'its customer',
  'other customer',
  'admin of another tenant',
] as const
export type Actor = (typeof actors)[number]

type Technician = 'network technician' | 'printer technician'
const isTechnician = (actor: Actor): actor is Technician => actor.endsWith('technician')
const categories: Record<Technician, string> = { 'network technician': 'network', 'printer technician': 'printer' }

export const statuses = ['new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed'] as const
type Status = (typeof statuses)[number]

/** The last change that somebody may take back. */
interface Undo {
  by: Actor
  before: Omit<Model, 'undo' | 'version' | 'isDeleted'>
  isSpent: boolean
  /** Something else happened on the ticket since. */
  isSpoiled: boolean
}

/** A ticket as the API document describes it, with names in place of ids. */
export interface Model {
  isDeleted: boolean
  version: number
  status: Status
  technician: Technician | null
  priority: string
  issue_category: string
  resolution_summary: string | null
  undo: Undo | null
}

export const newModel: Model = {
  isDeleted: false,
  version: 1,
  status: 'new',
  technician: null,
  priority: 'normal',
  issue_category: 'Network',
  resolution_summary: null,
  undo: null,
}

/** The members of a change; `somebody` is a technician who does not exist. */
export interface Change {
  technician?: Technician | 'somebody' | null
  status?: Status
  priority?: string
  issue_category?: string
  resolution_summary?: string | null
}

/** `undoable`: the request says that its actor may take it back. */
export type Action =
  | { kind: 'read' | 'delete' | 'restore' }
  | { kind: 'undo' }
  | { kind: 'reopen' | 'close'; undoable?: boolean }
  | { kind: 'put' | 'patch'; change: Change; match: 'none' | 'any' | 'current' | 'stale'; undoable?: boolean }

/** The predicted answer, and the ticket after it. */
export interface Prediction {
  status: number
  /** The answer may also say that a colleague was faster. `lost-races.test.ts` holds when. */
  orTaken?: boolean
  next: Model
}

/** The steps of the life cycle that a change of the status may take. */
const arrows = new Set([
  'assigned > in_progress',
  'assigned > resolved',
  'in_progress > assigned',
  'in_progress > waiting',
  'in_progress > resolved',
  'waiting > in_progress',
  'waiting > resolved',
  'resolved > closed',
  'resolved > in_progress',
])
const isOver = (status: Status): boolean => status === 'resolved' || status === 'closed'

const sees = (actor: Actor, { isDeleted, technician, issue_category }: Model): boolean => {
  if (isDeleted || actor === 'admin of another tenant' || actor === 'other customer') return false
  if (!isTechnician(actor)) return true
  return technician === actor || (technician === null && issue_category.toLowerCase() === categories[actor])
}

/** Admins and the customer close a ticket from every status. Without being resolved it has no summary. */
const closed = (actor: Actor, model: Model, summary: Change['resolution_summary']): Model | null => {
  if (model.status === 'resolved') return model.resolution_summary === null ? null : { ...model, status: 'closed' }
  const isRefused = isTechnician(actor) || typeof summary === 'string' || model.status === 'closed'
  return isRefused ? null : { ...model, status: 'closed', resolution_summary: null }
}

/** Technicians give their tickets to colleagues of the category that the ticket has then. */
const mayHandTo = (actor: Actor, technician: Technician, { issue_category }: Model): boolean =>
  actor === 'admin' || technician === actor || categories[technician] === issue_category.toLowerCase()

/** The ticket after a change that the actor may try, or null when the life cycle has no such step. */
const changed = (actor: Actor, model: Model, change: Change): Model | null => {
  const { technician = model.technician, status, ...members } = change
  const isGiven = technician !== model.technician
  const isSummed = change.resolution_summary !== undefined && change.resolution_summary !== model.resolution_summary
  if (model.status === 'closed' && (isGiven || isSummed)) return null
  if (technician === 'somebody') return null
  const next: Model = { ...model, ...members, technician }
  if (isGiven && technician !== null && !mayHandTo(actor, technician, next)) return null
  if (isGiven && technician === null) {
    if (isOver(model.status)) return null
    next.status = 'new'
  } else if (isGiven && model.status === 'new') next.status = 'assigned'
  if (status === 'closed' && status !== next.status) return closed(actor, next, change.resolution_summary)
  if (status !== undefined && status !== next.status) {
    if (!arrows.has(`${next.status} > ${status}`)) return null
    // A reopened ticket loses the summary, unless it gets another one.
    if (next.status === 'resolved' && next.resolution_summary === model.resolution_summary)
      next.resolution_summary = null
    next.status = status
  }
  return next.status === 'resolved' && next.resolution_summary === null ? null : next
}

/** What a change asks for: members that are as they are now count only when nothing else is asked for. */
const asked = (model: Model, change: Change): Change => {
  const differing = Object.entries(change).filter(([member, value]) => value !== model[member as keyof Change])
  return differing.length > 0 ? Object.fromEntries(differing) : change
}

const isSame = (left: Model, right: Model): boolean => JSON.stringify(left) === JSON.stringify(right)

const step = (model: Model, next: Model | null): Prediction => {
  if (next === null) return { status: 422, next: model }
  return { status: 200, next: isSame(model, next) ? model : { ...next, version: model.version + 1 } }
}

/**
 * Technicians may change some members of their own tickets, and of tickets that they take by the same change. They hand
 * on and give back what is not resolved. Customers change none of these members.
 */
const mayChange = (actor: Actor, model: Model, change: Change): boolean => {
  if (actor.endsWith('customer')) return false
  if (actor === 'admin' || Object.keys(change).length === 0) return true
  if (change.technician === undefined || change.technician === actor) {
    return model.technician === actor || (model.technician === null && change.technician === actor)
  }
  return model.technician === actor && !isOver(model.status)
}

/**
 * Whether a technician takes a ticket of their category that a colleague has, so that both may have tried to take it.
 */
const comesTooLate = (actor: Actor, model: Model, action: Action): boolean =>
  (action.kind === 'put' || action.kind === 'patch') &&
  isTechnician(actor) &&
  action.change.technician === actor &&
  !model.isDeleted &&
  model.issue_category.toLowerCase() === categories[actor]

/** Only who acted takes back, once, what nothing came after. */
const predictUndo = (model: Model, actor: Actor): Prediction => {
  const { undo } = model
  const refused = (status: number): Prediction => ({ status, next: model })
  if (actor === 'nobody') return refused(401)
  if (undo?.by !== actor) return refused(404)
  if (undo.isSpent) return refused(409)
  if (model.isDeleted) return refused(404)
  if (undo.isSpoiled) return refused(409)
  const next = { ...model, ...undo.before, version: model.version + 1, undo: { ...undo, isSpent: true } }
  return { status: 200, next }
}

/** What may be taken back after an action that changed the ticket. */
const undoAfter = (model: Model, actor: Actor, action: Action): Undo | null => {
  if (!('undoable' in action && action.undoable)) return model.undo && { ...model.undo, isSpoiled: true }
  const { undo: _, version: _version, isDeleted: _deleted, ...before } = model
  return { by: actor, before, isSpent: false, isSpoiled: false }
}

/** Predicts the answer to an action by the words of the API document, not by the product's own plan. */
export const predict = (model: Model, actor: Actor, action: Action): Prediction => {
  if (action.kind === 'undo') return predictUndo(model, actor)
  const prediction = predictChange(model, actor, action)
  const { next } = prediction
  if (next.version === model.version) return prediction
  return { ...prediction, next: { ...next, undo: undoAfter(model, actor, action) } }
}

const predictChange = (model: Model, actor: Actor, action: Exclude<Action, { kind: 'undo' }>): Prediction => {
  const refused = (status: number): Prediction => ({ status, next: model })
  if (actor === 'nobody') return refused(401)
  const isAdmin = actor.startsWith('admin')
  if ((action.kind === 'delete' || action.kind === 'restore') && !isAdmin) return refused(403)
  if (action.kind === 'patch' && action.match === 'none') return refused(428)
  // Admins restore what nobody sees.
  if (action.kind === 'restore' && actor === 'admin') {
    return model.isDeleted ? step(model, { ...model, isDeleted: false }) : refused(422)
  }
  if (!sees(actor, model)) return { ...refused(404), orTaken: comesTooLate(actor, model, action) }
  switch (action.kind) {
    case 'read':
    case 'restore':
      return { status: 200, next: model }
    case 'delete':
      return { status: 204, next: { ...model, isDeleted: true, version: model.version + 1 } }
    case 'reopen':
    case 'close': {
      if (isTechnician(actor) && model.technician !== actor) return refused(403)
      if (action.kind === 'close') return step(model, closed(actor, model, undefined))
      if (model.status !== 'resolved') return refused(422)
      return step(model, { ...model, status: 'in_progress', resolution_summary: null })
    }
    case 'put':
    case 'patch': {
      const change = asked(model, action.change)
      if (!mayChange(actor, model, change)) return refused(403)
      if (action.match === 'stale') return refused(412)
      return step(model, changed(actor, model, change))
    }
  }
}
