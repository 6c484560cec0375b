import type { InitializerDefinition } from '../define.ts'
import { constant } from './constant.ts'
import { glorotNormal } from './glorotNormal.ts'
import { glorotUniform } from './glorotUniform.ts'
import { heNormal } from './heNormal.ts'
import { heUniform } from './heUniform.ts'
import { identity } from './identity.ts'
import { lecunNormal } from './lecunNormal.ts'
import { lecunUniform } from './lecunUniform.ts'
import { ones } from './ones.ts'
import { orthogonal } from './orthogonal.ts'
import { randomNormal } from './randomNormal.ts'
import { randomUniform } from './randomUniform.ts'
import { truncatedNormal } from './truncatedNormal.ts'
import { unitForgetBias } from './unitForgetBias.ts'
import { varianceScaling } from './varianceScaling.ts'
import { zeros } from './zeros.ts'

export const initializers: Readonly<Record<string, InitializerDefinition>> = {
  zeros,
  ones,
  constant,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  varianceScaling,
  randomUniform,
  randomNormal,
  truncatedNormal,
  orthogonal,
  identity,
  unitForgetBias,
}
