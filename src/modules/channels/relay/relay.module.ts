import type { Module } from '../../../platform/module.ts'
import { startRelay } from './relay-runner.service.ts'

export const relay: Module = {
  name: 'channels/relay',
  runners: [startRelay],
}
