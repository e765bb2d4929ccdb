/** A short word at the edge of the page, which goes by itself. */
export interface Toast {
  id: number
  text: string
  action?: { label: string; keys?: string; run: () => void }
  /** What it is about, such as the number of a ticket: a newer word about the same takes its place. */
  about?: string
}

let last = 0
const list = $state<Toast[]>([])
const timers = new Map<number, ReturnType<typeof setTimeout>>()

const atMost = 4

const dismiss = (id: number): void => {
  clearTimeout(timers.get(id))
  timers.delete(id)
  const index = list.findIndex((toast) => toast.id === id)
  if (index !== -1) list.splice(index, 1)
}

const wait = (id: number, seconds: number): void => {
  timers.set(
    id,
    setTimeout(() => dismiss(id), seconds * 1_000),
  )
}

/** Takes away what matches. */
const dismissWhere = (matches: (toast: Toast) => boolean): void => {
  for (const { id } of list.filter(matches)) dismiss(id)
}

export const toasts = {
  list,
  dismiss,
  /** Shows a toast for ten seconds, or as long as it says. Returns what takes it away before. */
  show({ seconds = 10, ...toast }: Omit<Toast, 'id'> & { seconds?: number }): () => void {
    const id = ++last
    if (toast.about !== undefined) dismissWhere(({ about }) => about === toast.about)
    list.push({ ...toast, id })
    while (list.length > atMost) dismiss(list[0]?.id ?? 0)
    wait(id, seconds)
    return () => dismiss(id)
  },
  /** Takes away what offers an act about something, because the act can do nothing any more. */
  endActs(about: string): void {
    dismissWhere((toast) => toast.about === about && toast.action !== undefined)
  },
  /** Does the last act that a key stands for, as if its button was pressed. False: there is none. */
  runLast(keys: string): boolean {
    const toast = list.findLast(({ action }) => action?.keys === keys)
    if (toast === undefined) return false
    dismiss(toast.id)
    toast.action?.run()
    return true
  },
}
