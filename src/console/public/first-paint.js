// Sets what must stand before the first paint, so that nothing flashes: theme, density, language and direction.
// A file and not an inline script, because the policy of the page allows no inline script.
try {
  const kept = JSON.parse(localStorage.getItem('counterdesk.preferences') ?? '{}')
  const root = document.documentElement
  if (kept.theme === 'light' || kept.theme === 'dark') root.dataset.theme = kept.theme
  if (kept.density === 'compact') root.dataset.density = 'compact'
  const language = kept.language ?? (/^de\b/i.test(navigator.language) ? 'de' : 'en')
  root.lang = language
} catch {
  // Without storage the page has what the system prefers.
}
