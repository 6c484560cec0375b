/** Modules of a PyTorch script that act while training only: noise, and augmentation of tables and series. */
export const noisePieces = {
  GaussianDropout: `class GaussianDropout(nn.Module):
    """Multiplies by numbers of mean 1 that spread as much as what dropout multiplies by."""

    def __init__(self, rate):
        super().__init__()
        self.deviation = (rate / (1 - rate)) ** 0.5

    def forward(self, x):
        return x * (1 + self.deviation * torch.randn_like(x)) if self.training else x`,
  GaussianNoise: `class GaussianNoise(nn.Module):
    """Adds numbers of mean 0."""

    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def forward(self, x):
        return x + self.deviation * torch.randn_like(x) if self.training else x`,
  DropBlock: `class DropBlock(nn.Module):
    """Drops blocks of neighbouring places of each channel, [batch, channels, rows, columns]."""

    def __init__(self, rate, size):
        super().__init__()
        self.rate, self.size = rate, size

    def forward(self, x):
        if not self.training:
            return x
        rows, columns = x.shape[2:]
        size = min(self.size, rows, columns)
        corners = (rows - size + 1, columns - size + 1)
        gamma = self.rate * rows * columns / size**2 / (corners[0] * corners[1])
        drawn = (torch.rand(*x.shape[:2], *corners, device=x.device) < gamma).to(x.dtype)
        kept = 1 - F.max_pool2d(F.pad(drawn, (size - 1,) * 4), size, stride=1)
        return x * kept * (kept.numel() / kept.sum().clamp(min=1))`,
  StochasticDepth: `class StochasticDepth(nn.Module):
    """Leaves out a branch for some rows, and scales it for the others."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate)`,
  Jitter: `class Jitter(nn.Module):
    """Adds noise in proportion to the spread of each column over the batch."""

    def __init__(self, amount):
        super().__init__()
        self.amount = amount

    def forward(self, x):
        if not self.training:
            return x
        axes = tuple(range(max(1, x.dim() - 1)))
        return x + self.amount * x.std(axes, correction=0, keepdim=True) * torch.randn_like(x)`,
  SwapNoise: `class SwapNoise(nn.Module):
    """Puts in the place of some cells those of other rows of the batch."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        count = len(x)
        if not self.training or count < 2:
            return x
        further = torch.randint(1, count, x.shape, device=x.device)
        own = torch.arange(count, device=x.device).reshape(-1, *[1] * (x.dim() - 1))
        return torch.where(torch.rand_like(x) >= self.rate, x, x.gather(0, (own + further) % count))`,
  FeatureMasking: `class FeatureMasking(nn.Module):
    """Puts one value in the place of some cells."""

    def __init__(self, rate, fill):
        super().__init__()
        self.rate, self.fill = rate, fill

    def forward(self, x):
        return x.masked_fill(torch.rand_like(x) < self.rate, self.fill) if self.training else x`,
  times_at: `def times_at(x, times):
    """Series [batch, steps, channels] at times of their own [batch, n], linear between steps."""
    before = times.floor().clamp(0, max(0, x.shape[1] - 2))
    after = (before + 1).clamp(max=x.shape[1] - 1)
    low, high = (x.gather(1, at.long().unsqueeze(2).expand(-1, -1, x.shape[2])) for at in (before, after))
    return low + (high - low) * (times - before).unsqueeze(2)`,
  SeriesShift: `class SeriesShift(nn.Module):
    """Moves each series by a random number of steps."""

    def __init__(self, amount, fill):
        super().__init__()
        self.amount, self.fill = amount, fill

    def forward(self, x):
        if not self.training:
            return x
        steps = x.shape[1]
        most = round(self.amount * steps)
        shift = torch.randint(-most, most + 1, (len(x), 1), device=x.device)
        start = torch.arange(steps, device=x.device) - shift
        place = start % steps if self.fill == "wrap" else start.clamp(0, steps - 1)
        y = x.gather(1, place.unsqueeze(2).expand_as(x))
        return y * (place == start).unsqueeze(2) if self.fill == "zero" else y`,
  SeriesScale: `class SeriesScale(nn.Module):
    """Makes each channel of a series larger or smaller as a whole."""

    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def forward(self, x):
        return x * (1 + self.deviation * torch.randn_like(x[:, :1])) if self.training else x`,
  TimeWarp: `class TimeWarp(nn.Module):
    """Makes each series run faster in some places and slower in others."""

    def __init__(self, deviation, knots):
        super().__init__()
        self.deviation, self.knots = deviation, knots

    def forward(self, x):
        steps = x.shape[1]
        if not self.training or steps == 1:
            return x
        knots = torch.exp(self.deviation * torch.randn(len(x), 1, self.knots, device=x.device))
        speed = F.interpolate(knots, steps, mode="linear", align_corners=True).squeeze(1)
        time = F.pad(((speed[:, 1:] + speed[:, :-1]) / 2).cumsum(1), (1, 0))
        return times_at(x, time / time[:, -1:] * (steps - 1))`,
  SeriesCrop: `class SeriesCrop(nn.Module):
    """Keeps a random window of each series, and makes it as long again."""

    def __init__(self, kept, fit):
        super().__init__()
        self.kept, self.fit = kept, fit

    def forward(self, x):
        if not self.training:
            return x
        steps = x.shape[1]
        place = torch.rand(len(x), 1, device=x.device)
        at = torch.arange(steps, device=x.device)
        if self.fit == "stretch":
            return times_at(x, (steps - 1) * (1 - self.kept) * place + self.kept * at)
        length = max(1, round(self.kept * steps))
        start = (place * (steps - length + 1)).floor().long()
        window = (start + at).clamp(max=steps - 1).unsqueeze(2).expand_as(x)
        return x.gather(1, window) * (at < length).unsqueeze(1)`,
} as const
