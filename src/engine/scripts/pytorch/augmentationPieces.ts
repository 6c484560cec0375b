/** Functions of a PyTorch script that change images [batch, channels, rows, columns], each image by draws of its own. */
export const augmentationPieces = {
  WhileTraining: `class WhileTraining(nn.Module):
    """Changes what it is given while training, and passes it on else."""

    def __init__(self, change, *settings):
        super().__init__()
        self.change, self.settings = change, settings

    def forward(self, x):
        return self.change(x, *self.settings) if self.training else x`,
  between: `def between(x, low, high):
    """A number for each image."""
    return low + (high - low) * torch.rand(len(x), 1, 1, 1, device=x.device)`,
  signs: `def signs(x):
    """1 or -1 for each image."""
    return torch.randint(2, (len(x), 1, 1, 1), device=x.device) * 2 - 1`,
  value_range: `def value_range(x, given):
    """Black and white: as they are given, or the least and the greatest number of the batch."""
    return [torch.as_tensor(end, dtype=x.dtype, device=x.device) for end in given or (x.min(), x.max())]`,
  moved: `def moved(x, matrix, fill_mode, interpolation, fill_value):
    """Images read where matrices of six numbers say, in pixels from the centre: column and row from column, row and 1."""
    rows, columns = x.shape[2:]
    row = torch.arange(rows, device=x.device, dtype=x.dtype) - (rows - 1) / 2
    column = torch.arange(columns, device=x.device, dtype=x.dtype) - (columns - 1) / 2
    a, b, c, d, e, f = (torch.as_tensor(each, dtype=x.dtype, device=x.device).reshape(-1, 1, 1) for each in matrix)
    across = (a * column + b * row[:, None] + c).expand(len(x), rows, columns)
    down = (d * column + e * row[:, None] + f).expand(len(x), rows, columns)
    grid = torch.stack([across * 2 / columns, down * 2 / rows], 3)
    if fill_mode == "wrap":
        x = F.pad(x, (1, 1, 1, 1), mode="circular")
        size = grid.new_tensor([columns, rows])
        grid = ((grid + 1) % 2 - 1) * size / (size + 2)
    outside = {"reflect": "reflection", "nearest": "border"}.get(fill_mode, "zeros")
    fill = fill_value if fill_mode == "constant" else 0.0
    return F.grid_sample(x - fill, grid, interpolation, outside, align_corners=False) + fill`,
  random_flip: `def random_flip(x, across, down):
    """Mirrors images left to right and upside down, each with probability 1/2."""
    for axis in [3] * across + [2] * down:
        x = torch.where(signs(x) > 0, x.flip(axis), x)
    return x`,
  random_rotation: `def random_rotation(x, low, high, filling):
    """Turns images by fractions of a full turn, counterclockwise."""
    angle = 2 * torch.pi * between(x, low, high)
    return moved(x, (angle.cos(), -angle.sin(), 0, angle.sin(), angle.cos(), 0), *filling)`,
  random_translation: `def random_translation(x, up, down, left, right, filling):
    """Moves images down and to the right by fractions of their size."""
    rows, columns = x.shape[2:]
    down, right = between(x, up, down) * rows, between(x, left, right) * columns
    return moved(x, (1, 0, -right, 0, 1, -down), *filling)`,
  random_zoom: `def random_zoom(x, down, across, filling):
    """Shows more or less of images; across None is as down."""
    height = 1 + between(x, *down)
    width = height if across is None else 1 + between(x, *across)
    return moved(x, (width, 0, 0, 0, height, 0), *filling)`,
  random_shear: `def random_shear(x, across, down, filling):
    """Slants images, from their first pixel on."""
    side, (rows, columns) = signs(x), x.shape[2:]
    a, b = side * between(x, *across), side * between(x, *down)
    return moved(x, (1, a, a * (rows - 1) / 2, b, 1, b * (columns - 1) / 2), *filling)`,
  RandomCrop: `class RandomCrop(nn.Module):
    """Keeps a window of each image at a random place; the one in the middle when not training."""

    def __init__(self, height, width):
        super().__init__()
        self.size = height, width

    def forward(self, x):
        free = [whole - own for whole, own in zip(x.shape[2:], self.size)]
        if not self.training:
            (top, left), (height, width) = [each // 2 for each in free], self.size
            return x[:, :, top:top + height, left:left + width]
        for axis, (own, room) in enumerate(zip(self.size, free), 2):
            start = torch.randint(room + 1, (len(x), 1), device=x.device) + torch.arange(own, device=x.device)
            shape = [len(x), 1, 1, 1]
            shape[axis] = own
            sizes = list(x.shape)
            sizes[axis] = own
            x = x.gather(axis, start.reshape(shape).expand(sizes))
        return x`,
  random_brightness: `def random_brightness(x, low, high, given):
    """Adds fractions of the value range."""
    black, white = value_range(x, given)
    return (x + between(x, low, high) * (white - black)).clamp(black, white)`,
  contrasted: `def contrasted(x, factor, black, white):
    mean = x.mean((2, 3), keepdim=True)
    return (mean + factor * (x - mean)).clamp(black, white)`,
  random_contrast: `def random_contrast(x, less, more, given):
    """Takes channels nearer to their means, or farther from them."""
    return contrasted(x, between(x, 1 - less, 1 + more), *value_range(x, given))`,
  colours: `def colours(x):
    """The largest channel of each pixel, how far the smallest is below it, and that or 1 where it is 0."""
    value = x.amax(1, True)
    chroma = value - x.amin(1, True)
    return value, chroma, torch.where(chroma > 0, chroma, 1.0)`,
  random_saturation: `def random_saturation(x, low, high, given):
    """Makes colours paler or stronger: 1/2 leaves them as they are."""
    unit, (value, _, some) = between(x, low, high), colours(x)
    most = (value - value_range(x, given)[0]) / some
    return value - (value - x) * torch.minimum(unit / (1 - unit + 1e-7), most)`,
  random_hue: `def random_hue(x, low, high):
    """Turns hues by fractions of half a turn, either way."""
    (red, green, blue), (value, chroma, some) = x.split(1, 1), colours(x)
    others = torch.where(green == value, (blue - red) / some + 2, (red - green) / some + 4)
    hue = torch.where(red == value, (green - blue) / some, others) + 3 * signs(x) * between(x, low, high)
    place = (torch.cat([hue + 5, hue + 3, hue + 1], 1)) % 6
    return value - chroma * torch.minimum(place, 4 - place).clamp(0, 1)`,
  grey: `def grey(x):
    """What colours are without colour."""
    if x.shape[1] != 3:
        return x
    weights = x.new_tensor([0.2989, 0.587, 0.114]).reshape(1, 3, 1, 1)
    return (x * weights).sum(1, True)`,
  random_grayscale: `def random_grayscale(x, probability):
    return torch.where(between(x, 0, 1) < probability, grey(x), x)`,
  random_invert: `def random_invert(x, probability, given):
    black, white = value_range(x, given)
    return torch.where(between(x, 0, 1) < probability, black + white - x, x)`,
  solarized: `def solarized(x, addition, threshold, black, white):
    bright = (x + addition * (white - black)).clamp(black, white)
    return torch.where(bright < black + threshold * (white - black), bright, black + white - bright)`,
  solarization: `def solarization(x, addition, threshold, given):
    """Inverts what is above a threshold."""
    return solarized(x, between(x, *addition), between(x, *threshold), *value_range(x, given))`,
  levels: `def levels(x, black, white):
    """Numbers as levels from 0 to 255, and how far those are apart."""
    unit = (white - black) / 255
    return ((x.clamp(black, white) - black) / unit + 2**-10).floor().clamp(max=255), unit`,
  posterized: `def posterized(x, bits, black, white):
    level, unit = levels(x, black, white)
    step = 2 ** (8 - bits)
    return (level / step).floor() * step * unit + black`,
  random_posterization: `def random_posterization(x, fewest, most, given):
    """Leaves numbers so many of their 8 bits."""
    bits = fewest + (between(x, 0, 1) * (most - fewest + 1)).floor()
    return posterized(x, bits, *value_range(x, given))`,
  random_gaussian_blur: `def random_gaussian_blur(x, probability, kernel, low, high):
    """Mixes pixels with their neighbours: kernel has columns, then rows."""
    def mixing(size, reach):
        deviation = between(x, low, high) + 1e-6
        line = torch.arange(size, device=x.device, dtype=x.dtype)
        near = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
        apart = line - line[:, None]
        weights = torch.exp(-(apart**2) / (2 * deviation**2)) * (apart.abs() <= reach)
        return weights / torch.exp(-(near**2) / (2 * deviation**2)).sum(3, True)
    down, across = mixing(x.shape[2], kernel[1] // 2), mixing(x.shape[3], kernel[0] // 2)
    return torch.where(between(x, 0, 1) < probability, down @ x @ across, x)`,
  random_noise: `def random_noise(x, low, high, given):
    """Adds noise of a strength for each image."""
    black, white = value_range(x, given)
    return (x + between(x, low, high) * (white - black) * torch.randn_like(x)).clamp(black, white)`,
  rectangles: `def rectangles(x, top, height, left, width):
    """Where pixels lie in a rectangle of each image."""
    row = torch.arange(x.shape[2], device=x.device).reshape(1, 1, -1, 1)
    column = torch.arange(x.shape[3], device=x.device).reshape(1, 1, 1, -1)
    return (row >= top) & (row < top + height) & (column >= left) & (column < left + width)`,
  random_erasing: `def random_erasing(x, probability, low, high, fill, given):
    """Puts noise or one value over a rectangle."""
    height, width = (between(x, low, high) ** 0.5 * size for size in x.shape[2:])
    top, left = between(x, 0, x.shape[2] - height), between(x, 0, x.shape[3] - width)
    black, white = value_range(x, given)
    filling = black + (white - black) * torch.rand_like(x) if fill is None else fill
    covered = rectangles(x, top, height, left, width) & (between(x, 0, 1) < probability)
    return torch.where(covered, filling, x)`,
  cut_out: `def cut_out(x, size, probability, fill):
    """Puts one value over a square around a random pixel."""
    top, left = ((between(x, 0, 1) * pixels).floor() - size // 2 for pixels in x.shape[2:])
    covered = rectangles(x, top, size, left, size) & (between(x, 0, 1) < probability)
    return torch.where(covered, fill, x)`,
  equalized: `def equalized(x, black, white):
    """The 256 levels of each channel as equally often as can be."""
    level, unit = levels(x, black, white)
    flat = level.flatten(2).long()
    often = torch.zeros(*flat.shape[:2], 256, device=x.device).scatter_add_(2, flat, torch.ones_like(level).flatten(2))
    up_to = often.cumsum(2)
    first = up_to.gather(2, flat.amin(2, True))
    others = flat.shape[2] - first
    even = ((up_to - first) / others.clamp(min=1) * 255).round().gather(2, flat).reshape(x.shape)
    return torch.where(others.unsqueeze(3) > 0, even * unit + black, x)`,
  stretched: `def stretched(x, black, white):
    """Each channel over the whole value range."""
    low, high = x.amin((2, 3), True), x.amax((2, 3), True)
    some = torch.where(high > low, high - low, 1.0)
    return torch.where(high > low, (x - low) / some * (white - black) + black, x)`,
  sharpened: `def sharpened(x, factor, black, white):
    kernel = x.new_tensor([[1, 1, 1], [1, 5, 1], [1, 1, 1]]).expand(x.shape[1], 1, 3, 3) / 13
    smooth = F.conv2d(x, kernel, padding=1, groups=x.shape[1])
    return (smooth + factor * (x - smooth)).clamp(black, white)`,
  operated: `def operated(x, low, high, interpolation, given, enhances=True, idle=False):
    """One operation of RandAugment for each image."""
    black, white = value_range(x, given)
    plain, second = between(x, low, high), between(x, low, high)
    one, other = plain * signs(x), second * signs(x)
    (rows, columns), angle, factor = x.shape[2:], one * torch.pi / 6, 1 + 0.9 * one
    def place(*matrix):
        return moved(x, matrix, "reflect", interpolation, 0)
    changed = [
        place(1, 0.3 * one, 0, 0.3 * other, 1, 0),
        place(1, 0, -0.3 * one * columns, 0, 1, -0.3 * other * rows),
        place(angle.cos(), -angle.sin(), 0, angle.sin(), angle.cos(), 0),
        posterized(x, 8 - (4 * plain).round(), black, white),
        solarized(x, 0, 1 - plain, black, white),
        stretched(x, black, white),
        equalized(x, black, white),
    ]
    if enhances:
        changed += [
            ((x - black) * factor + black).clamp(black, white),
            (x + 0.9 * one * (grey(x) - x)).clamp(black, white),
            contrasted(x, factor, black, white),
            sharpened(x, factor, black, white),
        ]
    chosen = (between(x, 0, 1) * (len(changed) + idle)).floor()
    for index, each in enumerate(changed):
        x = torch.where(chosen == index, each, x)
    return x`,
  rand_augment: `def rand_augment(x, operations, low, high, interpolation, given):
    """So many operations in a row."""
    given = given or (x.min(), x.max())
    for _ in range(operations):
        x = operated(x, low, high, interpolation, given)
    return x`,
  aug_mix: `def aug_mix(x, chains, depth, low, high, alpha, enhances, interpolation, given):
    """Images mixed with versions of them."""
    black, white = value_range(x, given)
    weights = torch.distributions.Dirichlet(x.new_full((chains,), alpha)).sample((len(x),))
    share = torch.distributions.Beta(alpha, alpha).sample((len(x), 1, 1, 1)).to(x)
    mixed = torch.zeros_like(x)
    for weight in weights.unbind(1):
        version = x
        for _ in range(depth):
            version = operated(version, low, high, interpolation, (black, white), enhances, True)
        mixed = mixed + weight.reshape(-1, 1, 1, 1) * version
    return (share * x + (1 - share) * mixed).clamp(black, white)`,
} as const

export type AugmentationPiece = keyof typeof augmentationPieces

/** What each of them calls. */
export const augmentationNeeds: Partial<Record<AugmentationPiece, readonly AugmentationPiece[]>> = {
  random_flip: ['signs'],
  random_rotation: ['between', 'moved'],
  random_translation: ['between', 'moved'],
  random_zoom: ['between', 'moved'],
  random_shear: ['between', 'signs', 'moved'],
  random_brightness: ['between', 'value_range'],
  random_contrast: ['between', 'value_range', 'contrasted'],
  random_saturation: ['between', 'value_range', 'colours'],
  random_hue: ['between', 'signs', 'colours'],
  random_grayscale: ['between', 'grey'],
  random_invert: ['between', 'value_range'],
  solarization: ['between', 'value_range', 'solarized'],
  random_posterization: ['between', 'value_range', 'levels', 'posterized'],
  random_gaussian_blur: ['between'],
  random_noise: ['between', 'value_range'],
  random_erasing: ['between', 'value_range', 'rectangles'],
  cut_out: ['between', 'rectangles'],
  operated: [
    'between',
    'signs',
    'value_range',
    'moved',
    'levels',
    'posterized',
    'solarized',
    'stretched',
    'equalized',
    'grey',
    'contrasted',
    'sharpened',
  ],
  rand_augment: ['operated'],
  aug_mix: ['operated'],
}
