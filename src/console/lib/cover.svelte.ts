/** What stands over the screens of the desk: the palette, or the list of keys. */
export const cover = $state({
  shown: null as 'palette' | 'keys' | null,
  show(what: 'palette' | 'keys' | null): void {
    this.shown = what
  },
})
