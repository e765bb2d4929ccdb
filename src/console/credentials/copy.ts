import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './security.words.ts'

/** Copies a text, and says whether it worked. Over plain http with a host name a browser has no clipboard for pages. */
export const copyText = async (text: string): Promise<void> => {
  try {
    await navigator.clipboard.writeText(text)
    toasts.show({ text: words().copied, seconds: 4 })
  } catch {
    toasts.show({ text: words().copyFailed })
  }
}
