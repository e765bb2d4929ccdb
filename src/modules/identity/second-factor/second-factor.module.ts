import type { Module } from '../../../platform/module.ts'

export const secondFactor: Module = { name: 'identity/second-factor' }
