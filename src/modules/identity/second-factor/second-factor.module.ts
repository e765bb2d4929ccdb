import type { Module } from '../../../platform/module.ts'
import { factorOfPerson } from '../accounts/people-accounts.schemas.ts'
import { deleteOldChallenges } from './challenges.service.ts'
import { reportOnKeys } from './sealing-keys.service.ts'
import { hasFactorOfAccount } from './second-factor.steps.ts'

export const secondFactor: Module = {
  name: 'identity/second-factor',
  tenantTables: ['second_factors', 'recovery_codes', 'sign_in_challenges'],
  conditions: { [factorOfPerson]: hasFactorOfAccount },
  cleanUps: [{ name: 'sign_in_challenges', batch: 5_000, step: deleteOldChallenges }],
  prepare: reportOnKeys,
}
