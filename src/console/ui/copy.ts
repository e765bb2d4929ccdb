import { toasts } from './toasts.svelte.ts'
import { words } from './ui.words.ts'

/** Copies a text. False over plain http with a host name, where a browser has no clipboard for pages. */
export const toClipboard = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** Copies a text, and says whether it worked. */
export const copyText = async (
  text: string,
  { copied, failed } = { copied: words().copied, failed: words().copyFailed },
): Promise<void> => {
  toasts.show((await toClipboard(text)) ? { text: copied, seconds: 4 } : { text: failed })
}
