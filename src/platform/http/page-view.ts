import type { Language } from '../../contract/enums.ts'
import type { FieldError } from '../errors.ts'
import { type Html, html } from '../markup.ts'
import type { PageField, PageForm, View, Words } from '../page.ts'

/** How a view is shown to one person. */
export interface Showing {
  language: Language
  /** The relative address of the program's root, such as `../`, because a proxy may cut off a part of the path. */
  root: string
  /** The query that keeps the chosen language. */
  kept: string
  /** The query that keeps the tenant, too. */
  keptWithTenant: string
  /** What is wrong with the fields, by their names. */
  faults: FieldError[]
  /** What was typed. Passwords are typed again. */
  typed: ReadonlyMap<string, string>
}

/** The sentence for a refused value, or null. */
const faultOf = ({ name, judge, faults: words }: PageField, { faults, typed }: Showing): Words | null => {
  const fault = faults.find(({ field }) => field === name)
  if (fault === undefined) return null
  const value = typed.get(name) ?? ''
  return value.trim() === '' ? words.missing : (words[judge?.(value) ?? fault.code] ?? words.other)
}

const inputOf = (field: PageField, showing: Showing, isFirstFault: boolean): Html => {
  const { name, type, autocomplete, label, hint } = field
  const { language, typed } = showing
  const fault = faultOf(field, showing)
  const describing = [hint ? `${name}-hint` : '', fault ? `${name}-fault` : ''].filter(Boolean).join(' ')
  const value = type === 'password' ? '' : (typed.get(name) ?? '')
  return html`<label for="${name}">${label[language]}</label>
${hint ? html`<p class="hint" id="${name}-hint">${hint[language]}</p>\n` : ''}${fault ? html`<p class="fault" id="${name}-fault">${fault[language]}</p>\n` : ''}<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" required${
    describing === '' ? '' : html` aria-describedby="${describing}"`
  }${fault ? html` aria-invalid="true"` : ''}${isFirstFault ? html` autofocus` : ''}>
`
}

/** What is wrong, before the form: each sentence leads to its field. */
const summaryOf = ({ fields }: PageForm, showing: Showing): Html => {
  const faults = fields.flatMap((field) => {
    const fault = faultOf(field, showing)
    return fault === null ? [] : [html`<li><a href="#${field.name}">${fault[showing.language]}</a></li>`]
  })
  if (faults.length === 0) return html``
  const heading = showing.language === 'de' ? 'Das ging noch nicht' : 'That did not work yet'
  return html`<div class="faults" role="alert">
<h2>${heading}</h2>
<ul>${faults}</ul>
</div>
`
}

const formOf = (form: PageForm, showing: Showing): Html => {
  const { to, hidden, username, fields, button } = form
  const { language, root } = showing
  const kept = form.isForTenant ? showing.keptWithTenant : showing.kept
  const firstFault = fields.find((field) => faultOf(field, showing) !== null)
  const secrets = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`,
  )
  // The name as text can break into lines. The field is there for password managers only.
  const name =
    username === undefined
      ? ''
      : html`<dl><dt>${username.label[language]}</dt><dd dir="auto">${username.value}</dd></dl>
<input type="text" autocomplete="username" value="${username.value}" hidden>
`
  return html`<form method="post" action="${root}${to.slice(1)}${kept}">
${secrets}${name}${fields.map((field) => inputOf(field, showing, field === firstFault))}<button type="submit">${button[language]}</button>
</form>
`
}

const paragraphs = (list: Words[], language: Language): Html[] => list.map((words) => html`<p>${words[language]}</p>\n`)

/** The HTML of a view. */
export const htmlOf = (view: View, showing: Showing): Html => {
  const { heading, facts = [], form, notes = [], links = [] } = view
  const { language, root, keptWithTenant } = showing
  const pairs = facts.map(({ label, value }) => html`<dt>${label[language]}</dt><dd dir="auto">${value}</dd>\n`)
  const anchors = links.map(
    ({ to, label }) => html`<li><a href="${root}${to.slice(1)}${keptWithTenant}">${label[language]}</a></li>`,
  )
  return html`<h1>${heading[language]}</h1>
${form ? summaryOf(form, showing) : ''}${paragraphs(view.paragraphs, language)}${pairs.length > 0 ? html`<dl>\n${pairs}</dl>\n` : ''}${form ? formOf(form, showing) : ''}${paragraphs(notes, language)}${anchors.length > 0 ? html`<ul class="links">${anchors}</ul>\n` : ''}`
}
