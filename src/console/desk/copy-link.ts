import { link } from '../lib/router.svelte.ts'
import { copyText } from '../ui/copy.ts'
import { words } from './ticket.words.ts'

/** Copies the whole address of a place of the console, and says so; where it cannot be copied, it is shown. */
export const copyLink = (path: string): Promise<void> => {
  const { href } = new URL(link(path), location.href)
  return copyText(href, { copied: words().copied, failed: words().notCopied(href) })
}
