// What is measured in a page: functions that run there, so they stand alone.

/** What of a page cannot be seen or reached as it is laid out now, as sentences. `overlaps`: also what lies on what. */
export const layoutFaults = ({ overlaps }: { overlaps: boolean }): string[] => {
  const faults: string[] = []
  const nameOf = (one: Element): string => one.outerHTML.replace(/\s+/g, ' ').slice(0, 110)
  const { scrollWidth } = document.documentElement
  if (scrollWidth > innerWidth) faults.push(`the page is ${scrollWidth} px wide in a window of ${innerWidth}`)

  /** The part of a thing that the boxes around it let through; null when nothing is left. */
  const seenPart = (one: Element) => {
    let { left, top, right, bottom } = one.getBoundingClientRect()
    for (let box = one.parentElement; box !== null; box = box.parentElement) {
      const style = getComputedStyle(box)
      if (style.overflowX === 'visible' && style.overflowY === 'visible') continue
      const around = box.getBoundingClientRect()
      if (style.overflowX !== 'visible') [left, right] = [Math.max(left, around.left), Math.min(right, around.right)]
      if (style.overflowY !== 'visible') [top, bottom] = [Math.max(top, around.top), Math.min(bottom, around.bottom)]
    }
    return right - left < 2 || bottom - top < 2 ? null : { left, top, right, bottom }
  }
  const scrolls = (one: Element): boolean => {
    for (let box: Element | null = one; box !== null; box = box.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth) return true
    }
    return false
  }
  const isShown = (one: Element): boolean =>
    one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    one.closest('.sr, .skip, .nav__who') === null
  const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter(isShown)
  for (const control of controls) {
    const { left, right, width } = control.getBoundingClientRect()
    if (width > 0 && (left < -1 || right > innerWidth + 1) && !scrolls(control)) {
      faults.push(`stands out of the window, from ${Math.round(left)} to ${Math.round(right)}: ${nameOf(control)}`)
    }
  }

  // A text that is cut, and does not say so with an ellipsis.
  for (const one of document.querySelectorAll('main *, nav *, header *')) {
    const holdsText = [...one.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent?.trim())
    if (!holdsText || !isShown(one)) continue
    for (let box: Element | null = one; box !== null && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box)
      if (style.textOverflow === 'ellipsis' || style.getPropertyValue('-webkit-line-clamp') !== 'none') break
      const cuts = [style.overflowX, style.overflowY].map((way) => /hidden|clip/.test(way))
      if (!cuts[0] && !cuts[1]) {
        if (/auto|scroll/.test(style.overflowX + style.overflowY)) break
        continue
      }
      const [text, around] = [one.getBoundingClientRect(), box.getBoundingClientRect()]
      const isWide = cuts[0] && (text.right > around.right + 2 || text.left < around.left - 2)
      const isHigh = cuts[1] && (text.bottom > around.bottom + 2 || text.top < around.top - 2)
      if (isWide || isHigh) faults.push(`is cut by ${nameOf(box).slice(0, 60)}: ${nameOf(one)}`)
      break
    }
  }

  if (overlaps) {
    const parts = controls.flatMap((control) => {
      const part = seenPart(control)
      return part === null ? [] : [{ control, part }]
    })
    for (const [index, { control, part }] of parts.entries()) {
      for (const other of parts.slice(index + 1)) {
        if (control.contains(other.control) || other.control.contains(control)) continue
        // A field and the button within it, and a card whose whole ground is a link, are one thing.
        if (control.parentElement === other.control.parentElement && control.matches('input')) continue
        const wide = Math.min(part.right, other.part.right) - Math.max(part.left, other.part.left)
        const high = Math.min(part.bottom, other.part.bottom) - Math.max(part.top, other.part.top)
        if (wide > 2 && high > 2) faults.push(`lies on another: ${nameOf(control)} and ${nameOf(other.control)}`)
      }
    }
  }
  return [...new Set(faults)].slice(0, 8)
}

/** Sets the spacing of WCAG 2.2, 1.4.12, which a reader may ask for. The page's policy lets no style in by markup. */
export const spaceTexts = (isSpaced: boolean): void => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(
    '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }',
  )
  document.adoptedStyleSheets = isSpaced ? [sheet] : []
}

/** What is not told apart where the browser paints with the colours of the system: it drops grounds and shadows. */
export const forcedColourFaults = (): string[] => {
  const faults: string[] = []
  const shown = (selector: string): Element[] =>
    [...document.querySelectorAll(selector)].filter(
      (one) => one.checkVisibility() && one.getBoundingClientRect().width > 2,
    )
  const nameOf = (one: Element): string => one.outerHTML.slice(0, 110)
  for (const one of shown('.btn--primary, .btn:not(.btn--ghost), .input, .select, .card, .dialog, .badge, .tag')) {
    const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(one)
    const hasEdge =
      borderTopStyle !== 'none' && Number.parseFloat(borderTopWidth) >= 1 && borderTopColor !== backgroundColor
    if (!hasEdge) faults.push(`has no edge: ${nameOf(one)}`)
  }
  for (const one of shown('[aria-current], [aria-selected="true"]')) {
    const style = getComputedStyle(one)
    const isMarked =
      Number(style.fontWeight) >= 600 ||
      style.outlineStyle !== 'none' ||
      style.borderBlockEndStyle !== 'none' ||
      getComputedStyle(one, '::before').content !== 'none' ||
      style.forcedColorAdjust === 'none'
    if (!isMarked) faults.push(`is chosen, and nothing shows it: ${nameOf(one)}`)
  }
  return faults.slice(0, 6)
}

/** What still moves, though the reader asked for less motion. */
export const motionFaults = (): string[] =>
  [...document.querySelectorAll('*')]
    .filter((one) => {
      const { transitionDuration, animationName, animationDuration } = getComputedStyle(one)
      const lasts = (times: string): boolean => times.split(',').some((time) => Number.parseFloat(time) > 0)
      return lasts(transitionDuration) || (animationName !== 'none' && lasts(animationDuration))
    })
    .map((one) => `moves: ${one.outerHTML.slice(0, 110)}`)
    .slice(0, 6)
