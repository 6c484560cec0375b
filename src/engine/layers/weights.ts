/** Settings of the weights layers have in common: how each starts, what keeps it simple, and what it has to be. */
import { constraints, regularizers, setting } from '../params.ts'

export const kernelParams = {
  kernelInitializer: setting('initializer', 'glorotUniform', 'Kernel initializer', 'How the kernel starts.'),
  kernelRegularizers: regularizers('weight', 'Kernel regularization', 'What keeps the kernel simple.'),
  kernelConstraints: constraints('Kernel constraints', 'What the kernel has to be after each step.'),
}

export const biasParams = {
  biasInitializer: setting('initializer', 'zeros', 'Bias initializer', 'How the bias starts.'),
  biasRegularizers: regularizers('weight', 'Bias regularization', 'What keeps the bias simple.'),
  biasConstraints: constraints('Bias constraints', 'What the bias has to be after each step.'),
}

export const depthwiseParams = {
  depthwiseInitializer: setting(
    'initializer',
    'glorotUniform',
    'Depthwise initializer',
    'How the kernel of each channel starts.',
  ),
  depthwiseRegularizers: regularizers(
    'weight',
    'Depthwise regularization',
    'What keeps the kernel of each channel simple.',
  ),
  depthwiseConstraints: constraints(
    'Depthwise constraints',
    'What the kernel of each channel has to be after each step.',
  ),
}

export const pointwiseParams = {
  pointwiseInitializer: setting(
    'initializer',
    'glorotUniform',
    'Pointwise initializer',
    'How the kernel that mixes the channels starts.',
  ),
  pointwiseRegularizers: regularizers(
    'weight',
    'Pointwise regularization',
    'What keeps the kernel that mixes the channels simple.',
  ),
  pointwiseConstraints: constraints(
    'Pointwise constraints',
    'What the kernel that mixes the channels has to be after each step.',
  ),
}

export const gammaParams = {
  gammaInitializer: setting('initializer', 'ones', 'Gamma initializer', 'How the scale starts.'),
  gammaRegularizers: regularizers('weight', 'Gamma regularization', 'What keeps the scale simple.'),
  gammaConstraints: constraints('Gamma constraints', 'What the scale has to be after each step.'),
}

export const betaParams = {
  betaInitializer: setting('initializer', 'zeros', 'Beta initializer', 'How the offset starts.'),
  betaRegularizers: regularizers('weight', 'Beta regularization', 'What keeps the offset simple.'),
  betaConstraints: constraints('Beta constraints', 'What the offset has to be after each step.'),
}

export const activityParams = {
  activityRegularizers: regularizers('activity', 'Activity regularization', 'What keeps the output simple.'),
}
