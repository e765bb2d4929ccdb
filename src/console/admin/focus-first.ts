/** Begins a dialog in this field. The dialog opens first, and then has its focus at its cross. */
export const focusFirst = (field: HTMLElement): void => {
  queueMicrotask(() => field.focus())
}
