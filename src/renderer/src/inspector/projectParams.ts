/** The settings of the run and of its data, declared like a definition's, so that the same form shows them. */
import type { Params, SettingParam, SettingsParam } from '#engine/define.ts'
import { flag, integer, number } from '#engine/params.ts'
import { texts } from '../texts.ts'

const { inspector } = texts

const loss: SettingParam = {
  type: 'setting',
  family: 'loss',
  title: inspector.loss,
  doc: inspector.lossDoc,
  default: { kind: 'binaryCrossentropy', params: {} },
}

const metrics: SettingsParam = {
  type: 'settings',
  family: 'metric',
  title: inspector.metrics,
  doc: inspector.metricsDoc,
  default: [],
}

export const trainingParams: Params = {
  epochs: integer({ title: inspector.epochs, doc: inspector.epochsDoc, default: 50, min: 1 }),
  batchSize: integer({
    title: inspector.batchSize,
    doc: inspector.batchSizeDoc,
    default: 32,
    min: 1,
    unit: 'rows',
  }),
  loss,
  optimizer: {
    type: 'setting',
    family: 'optimizer',
    title: inspector.optimizer,
    doc: inspector.optimizerDoc,
    default: { kind: 'adam', params: {} },
  },
  metrics,
  regularizers: {
    type: 'settings',
    family: 'regularizer',
    place: 'training',
    title: inspector.regularizers,
    doc: inspector.regularizersDoc,
    default: [],
  },
  shuffle: flag({ title: inspector.shuffle, doc: inspector.shuffleDoc, default: true }),
  seed: integer({ title: inspector.seed, doc: inspector.seedDoc, default: 0, min: 0, max: 2 ** 32 - 1 }),
}

/** What one output of several says apart. */
export const outputParams = {
  loss,
  metrics,
  weight: number({ title: inspector.outputWeight, doc: inspector.outputWeightDoc, default: 1, min: 0 }),
} satisfies Params

export const dataParams: Params = {
  validationFraction: number({
    title: inspector.validation,
    doc: inspector.validationDoc,
    default: 0.2,
    min: 0,
    max: 0.95,
    scale: 'linear',
  }),
  stratify: flag({ title: inspector.stratify, doc: inspector.stratifyDoc, default: true }),
  standardize: flag({ title: inspector.standardize, doc: inspector.standardizeDoc, default: true }),
}
