import type { Module } from '../../../platform/module.ts'

/** Gives nothing to the program: channels import its steps. */
export const recipients: Module = { name: 'channels/recipients' }
