/** One frame of a stream of events. */
export interface Frame {
  type: string
  /** Null for a frame that only keeps the line open, or names a place or a pause. */
  data: unknown
  id: string | null
  /** How long to wait before the next connection, in milliseconds. */
  retry: number | null
}

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Reads one frame. Data that is no JSON is passed over. */
export const readFrame = (text: string): Frame => {
  const frame: Frame = { type: 'message', data: null, id: null, retry: null }
  let data = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('event: ')) frame.type = line.slice(7)
    else if (line.startsWith('data: ')) data += line.slice(6)
    else if (line.startsWith('id: ')) frame.id = line.slice(4)
    else if (/^retry: \d+$/.test(line)) frame.retry = Number(line.slice(7))
  }
  return data === '' ? frame : { ...frame, data: jsonIn(data) }
}

/**
 * How long to wait before the next attempt, in milliseconds: longer each time, never without a pause, and not all at
 * once. `chance` is from 0 to 1.
 */
export const pauseBefore = (attempt: number, pause: number, chance: number): number => {
  const longer = Math.max(1_000, pause) * 2 ** Math.min(attempt, 4)
  return Math.max(pause, Math.min(15_000, longer)) * (0.7 + chance * 0.6)
}
