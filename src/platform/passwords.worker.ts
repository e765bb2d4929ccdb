import bcrypt from 'bcryptjs'

/**
 * Runs in a worker thread, because bcryptjs is pure JavaScript: 8 comparisons would block the event loop for 460 ms.
 */
type Task = { kind: 'hash'; password: string; cost: number } | { kind: 'compare'; password: string; hash: string }

export default (task: Task): string | boolean =>
  task.kind === 'hash' ? bcrypt.hashSync(task.password, task.cost) : bcrypt.compareSync(task.password, task.hash)
