import type { LayerDefinition } from '../define.ts'
import { activation } from './activation.ts'
import { add } from './add.ts'
import { additiveAttention } from './additiveAttention.ts'
import { alphaDropout } from './alphaDropout.ts'
import { attention } from './attention.ts'
import { augMix } from './augmentation/augMix.ts'
import { average } from './average.ts'
import { averagePooling1D } from './averagePooling1D.ts'
import { averagePooling2D } from './averagePooling2D.ts'
import { batchNormalization } from './batchNormalization.ts'
import { block } from './block.ts'
import { concatenate } from './concatenate.ts'
import { conv1D } from './conv1D.ts'
import { conv1DTranspose } from './conv1DTranspose.ts'
import { conv2D } from './conv2D.ts'
import { conv2DTranspose } from './conv2DTranspose.ts'
import { cropping1D } from './cropping1D.ts'
import { cropping2D } from './cropping2D.ts'
import { cutOut } from './augmentation/cutOut.ts'
import { dense } from './dense.ts'
import { depthwiseConv1D } from './depthwiseConv1D.ts'
import { depthwiseConv2D } from './depthwiseConv2D.ts'
import { dot } from './dot.ts'
import { dropBlock } from './dropBlock.ts'
import { dropout } from './dropout.ts'
import { elu } from './elu.ts'
import { embedding } from './embedding.ts'
import { featureMasking } from './augmentation/featureMasking.ts'
import { flatten } from './flatten.ts'
import { gaussianDropout } from './gaussianDropout.ts'
import { gaussianNoise } from './gaussianNoise.ts'
import { globalAveragePooling1D } from './globalAveragePooling1D.ts'
import { globalAveragePooling2D } from './globalAveragePooling2D.ts'
import { globalMaxPooling1D } from './globalMaxPooling1D.ts'
import { globalMaxPooling2D } from './globalMaxPooling2D.ts'
import { groupNormalization } from './groupNormalization.ts'
import { gru } from './gru.ts'
import { input } from './input.ts'
import { jitter } from './augmentation/jitter.ts'
import { layerNormalization } from './layerNormalization.ts'
import { leakyRelu } from './leakyRelu.ts'
import { lstm } from './lstm.ts'
import { maximum } from './maximum.ts'
import { maxPooling1D } from './maxPooling1D.ts'
import { maxPooling2D } from './maxPooling2D.ts'
import { minimum } from './minimum.ts'
import { multiHeadAttention } from './multiHeadAttention.ts'
import { multiply } from './multiply.ts'
import { permute } from './permute.ts'
import { prelu } from './prelu.ts'
import { randAugment } from './augmentation/randAugment.ts'
import { randomBrightness } from './augmentation/randomBrightness.ts'
import { randomContrast } from './augmentation/randomContrast.ts'
import { randomCrop } from './augmentation/randomCrop.ts'
import { randomErasing } from './augmentation/randomErasing.ts'
import { randomFlip } from './augmentation/randomFlip.ts'
import { randomGaussianBlur } from './augmentation/randomGaussianBlur.ts'
import { randomGrayscale } from './augmentation/randomGrayscale.ts'
import { randomHue } from './augmentation/randomHue.ts'
import { randomInvert } from './augmentation/randomInvert.ts'
import { randomNoise } from './augmentation/randomNoise.ts'
import { randomPosterization } from './augmentation/randomPosterization.ts'
import { randomRotation } from './augmentation/randomRotation.ts'
import { randomSaturation } from './augmentation/randomSaturation.ts'
import { randomShear } from './augmentation/randomShear.ts'
import { randomTranslation } from './augmentation/randomTranslation.ts'
import { randomZoom } from './augmentation/randomZoom.ts'
import { relu } from './relu.ts'
import { repeatVector } from './repeatVector.ts'
import { reshape } from './reshape.ts'
import { rmsNormalization } from './rmsNormalization.ts'
import { separableConv1D } from './separableConv1D.ts'
import { separableConv2D } from './separableConv2D.ts'
import { seriesCrop } from './augmentation/seriesCrop.ts'
import { seriesScale } from './augmentation/seriesScale.ts'
import { seriesShift } from './augmentation/seriesShift.ts'
import { simpleRNN } from './simpleRNN.ts'
import { softmax } from './softmax.ts'
import { solarization } from './augmentation/solarization.ts'
import { spatialDropout1D } from './spatialDropout1D.ts'
import { spatialDropout2D } from './spatialDropout2D.ts'
import { stochasticDepth } from './stochasticDepth.ts'
import { subtract } from './subtract.ts'
import { swapNoise } from './augmentation/swapNoise.ts'
import { timeWarp } from './augmentation/timeWarp.ts'
import { upSampling1D } from './upSampling1D.ts'
import { upSampling2D } from './upSampling2D.ts'
import { zeroPadding1D } from './zeroPadding1D.ts'
import { zeroPadding2D } from './zeroPadding2D.ts'

export const layers: Readonly<Record<string, LayerDefinition>> = {
  input,
  dense,
  activation,
  embedding,
  relu,
  leakyRelu,
  elu,
  prelu,
  softmax,
  dropout,
  spatialDropout1D,
  spatialDropout2D,
  alphaDropout,
  gaussianDropout,
  gaussianNoise,
  dropBlock,
  stochasticDepth,
  jitter,
  swapNoise,
  featureMasking,
  seriesShift,
  seriesScale,
  timeWarp,
  seriesCrop,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
  randomShear,
  randomCrop,
  randomBrightness,
  randomContrast,
  randomSaturation,
  randomHue,
  randomGrayscale,
  randomInvert,
  solarization,
  randomPosterization,
  randomGaussianBlur,
  randomNoise,
  randomErasing,
  cutOut,
  randAugment,
  augMix,
  flatten,
  reshape,
  add,
  subtract,
  multiply,
  average,
  maximum,
  minimum,
  dot,
  concatenate,
  block,
  conv1D,
  conv2D,
  conv1DTranspose,
  conv2DTranspose,
  depthwiseConv1D,
  depthwiseConv2D,
  separableConv1D,
  separableConv2D,
  maxPooling1D,
  maxPooling2D,
  averagePooling1D,
  averagePooling2D,
  globalMaxPooling1D,
  globalMaxPooling2D,
  globalAveragePooling1D,
  globalAveragePooling2D,
  batchNormalization,
  layerNormalization,
  groupNormalization,
  rmsNormalization,
  upSampling1D,
  upSampling2D,
  zeroPadding1D,
  zeroPadding2D,
  cropping1D,
  cropping2D,
  permute,
  repeatVector,
  simpleRNN,
  lstm,
  gru,
  multiHeadAttention,
  attention,
  additiveAttention,
}
