import type { Module } from '../../../platform/module.ts'
import { deleteOldChallenges } from './challenges.service.ts'
import { reportOnKeys } from './sealing-keys.service.ts'

export const secondFactor: Module = {
  name: 'identity/second-factor',
  cleanUps: [{ name: 'sign_in_challenges', batch: 5_000, step: deleteOldChallenges }],
  prepare: reportOnKeys,
}
