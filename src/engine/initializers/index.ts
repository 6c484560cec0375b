import type { InitializerDefinition } from '../define.ts'
import { glorotNormal } from './glorotNormal.ts'
import { glorotUniform } from './glorotUniform.ts'
import { heNormal } from './heNormal.ts'
import { heUniform } from './heUniform.ts'
import { lecunNormal } from './lecunNormal.ts'
import { lecunUniform } from './lecunUniform.ts'
import { ones } from './ones.ts'
import { orthogonal } from './orthogonal.ts'
import { zeros } from './zeros.ts'

export const initializers: Readonly<Record<string, InitializerDefinition>> = {
  zeros,
  ones,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  orthogonal,
}
