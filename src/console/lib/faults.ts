import type { Problem } from '../api/calls.ts'
import { words } from './fields.words.ts'
import { wrongOf } from './problem-words.ts'

type Fault = Problem['errors'][number]
type Words = ReturnType<typeof words>
type Sentence = { [Key in keyof Words]: Words[Key] extends string ? Key : never }[keyof Words]

/** What is said of a field by the code of its fault; `odd` for any other, else what is said of every field. */
interface Sentences {
  odd?: Sentence
  [code: string]: Sentence | undefined
}

/** By the names that the API has for its members. */
const sentences: Record<string, Sentences> = {
  password: {
    odd: 'passwordOdd',
    missing: 'passwordMissing',
    too_small: 'passwordShort',
    too_big: 'passwordLong',
    common_password: 'passwordCommon',
    weak_password: 'passwordWeak',
  },
  email: { odd: 'emailOdd', missing: 'emailMissing' },
  name: { odd: 'nameOdd', missing: 'nameMissing', too_small: 'nameMissing', too_big: 'nameLong' },
  user_id: { odd: 'signInNameOdd', missing: 'signInNameMissing' },
  phone_number: { odd: 'phoneOdd', missing: 'phoneMissing' },
  category: { odd: 'categoryOdd', missing: 'categoryMissing', too_small: 'categoryMissing', too_big: 'categoryLong' },
  current_password: { odd: 'currentMissing' },
  second_factor_code: { odd: 'codeMissing' },
  scopes: { odd: 'scopesMissing' },
  expires_at: { odd: 'expiresOdd' },
  allowed_addresses: { odd: 'addressesOdd' },
  registration_domains: { odd: 'domainsOdd' },
  url: { invalid_format: 'urlOdd', invalid_value: 'urlOdd' },
}

/** The refusals that are about one field, though they do not name it. */
const fieldOfCode: Record<string, { field: string; sentence: Sentence }> = {
  wrong_password: { field: 'current_password', sentence: 'wrongPassword' },
  wrong_second_factor: { field: 'second_factor_code', sentence: 'wrongCode' },
  second_factor_code_required: { field: 'second_factor_code', sentence: 'codeNeeded' },
  second_factor_blocked: { field: 'second_factor_code', sentence: 'codesBlocked' },
  email_taken: { field: 'email', sentence: 'emailTaken' },
  sign_in_name_taken: { field: 'user_id', sentence: 'signInNameTaken' },
}

/** The field of a fault; that of a list for one of its items. */
const fieldOf = ({ field }: Fault): string => field?.replace(/\..*$/, '') ?? ''

/** What stands at the fields of a form after a refusal, by the names of the fields. */
export const wrongFields = (problem: Problem | null): Record<string, string> => {
  if (problem === null) return {}
  const known = fieldOfCode[problem.code]
  if (known) return { [known.field]: words()[known.sentence] }
  const wrong: Record<string, string> = {}
  for (const fault of problem.errors) {
    const field = fieldOf(fault)
    if (field === '') continue
    const said = sentences[field]
    const sentence = said?.[fault.code ?? ''] ?? said?.odd
    wrong[field] ??= (sentence && words()[sentence]) ?? wrongOf(problem, fault.field ?? '') ?? fault.message
  }
  return wrong
}
