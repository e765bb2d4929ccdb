import type { Attachment } from 'svelte/attachments'
import { pastedName } from './file-names.ts'
import type { Uploads } from './uploads.svelte.ts'

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false

/** The pictures and files of a paste. Text wins: what is copied from a table has a picture of itself, too. */
const pasted = ({ clipboardData }: ClipboardEvent): File[] => {
  if (clipboardData === null || clipboardData.types.includes('text/plain')) return []
  const at = new Date()
  return [...clipboardData.files].map((file, nth) =>
    file.name === '' || file.name === 'image.png'
      ? new File([file], pastedName(file.type, at, nth), { type: file.type })
      : file,
  )
}

/**
 * Makes an element take files that are dropped on it or pasted into it. While files hover, it has the class `is-over`.
 */
export const takesFiles =
  (uploads: Uploads): Attachment<HTMLElement> =>
  (element) => {
    const show = (isOver: boolean): void => void element.classList.toggle('is-over', isOver)
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return
      event.preventDefault()
      show(true)
    }
    const leave = (event: DragEvent): void => {
      if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) show(false)
    }
    const drop = (event: DragEvent): void => {
      show(false)
      if (!hasFiles(event)) return
      event.preventDefault()
      void uploads.add([...(event.dataTransfer?.files ?? [])])
    }
    const paste = (event: ClipboardEvent): void => {
      const files = pasted(event)
      if (files.length === 0) return
      event.preventDefault()
      void uploads.add(files)
    }
    element.addEventListener('dragover', over)
    element.addEventListener('dragleave', leave)
    element.addEventListener('drop', drop)
    element.addEventListener('paste', paste)
    return () => {
      element.removeEventListener('dragover', over)
      element.removeEventListener('dragleave', leave)
      element.removeEventListener('drop', drop)
      element.removeEventListener('paste', paste)
    }
  }
