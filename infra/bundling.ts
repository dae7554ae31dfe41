/** How a handler becomes the one file that Lambda loads. Said once, so that tests and bench build what CDK deploys. */
import { resolve } from 'node:path'
import type { BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { BuildOptions } from 'esbuild'

/** The repository. Everything is resolved from here, wherever the program was started. */
export const ROOT = resolve(import.meta.dirname, '..')

/**
 * What the SDK would import only on paths that are never reached: a fifth of the whole bundle.
 * The default credential chain's other sources, since Lambda has the keys in the environment, which is read first; and
 * event streams, which no operation used here has.
 */
export const UNREACHED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/core/event-streams',
  '@smithy/credential-provider-imds',
]

// The runtime imports every handler: an ES module loads in less than half the time of CDK's default, CommonJS.
// `module` before `main`, or packages that have both come in as CommonJS, some of them twice.
const MAIN_FIELDS = ['module', 'main']
const TARGET = 'node24'
// CommonJS packages inside an ES module still call `require`, which does not exist there.
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

/**
 * For `NodejsFunction`.
 * @param config absolute path of the file that `#config` stands for
 */
export function bundling(config: string): BundlingOptions {
  return {
    format: 'esm' as OutputFormat.ESM,
    minify: true,
    target: TARGET,
    mainFields: MAIN_FIELDS,
    banner: BANNER,
    // Bundled, the SDK loads faster than Lambda's own copy, and its version is the one that was tested.
    bundleAwsSDK: true,
    externalModules: UNREACHED,
    esbuildArgs: { '--alias': [`#config=${config}`] },
  }
}

/** The same for esbuild itself: byte for byte what `cdk deploy` uploads. Paths count from the repository's root. */
export function esbuildOptions({ entry, config, outfile }: Record<'entry' | 'config' | 'outfile', string>) {
  return {
    absWorkingDir: ROOT,
    entryPoints: [resolve(ROOT, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    target: TARGET,
    mainFields: MAIN_FIELDS,
    banner: { js: BANNER },
    external: UNREACHED,
    alias: { '#config': resolve(ROOT, config) },
    logLevel: 'warning',
  } satisfies BuildOptions
}
