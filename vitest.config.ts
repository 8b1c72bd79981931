import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.{ts,tsx}', 'test/contracts/**/*.test.ts'],
    globalSetup: 'test/support/programs.ts',
    testTimeout: 20_000,
  },
})
