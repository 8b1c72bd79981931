/** Made when the tests are bundled: every test file, loaded on demand. */
declare module 'host-tests' {
  export const files: { name: string; load: () => Promise<unknown> }[]
}
