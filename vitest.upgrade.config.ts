import { defineConfig } from 'vitest/config'
import everyday from './vitest.config.ts'

// `npm run test:upgrade`. It is no part of `npm test`, because it says nothing about a change within a version.
export default defineConfig({
  test: { ...everyday.test, include: ['scripts/upgrade/*.test.ts'], exclude: ['node_modules/**'], maxWorkers: 1 },
})
