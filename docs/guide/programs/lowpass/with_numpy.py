"""Low-pass filter of noisy channels: to the frequencies and back."""

import numpy as np

RATE = 250.0  # samples per second
COUNT = 999
CUTOFF = 12.0  # Hz


def record():
    """Three channels: a slow tone each, mains hum and noise on top."""
    rng = np.random.default_rng(0)
    seconds = np.arange(COUNT) / RATE
    tones = np.array([[2.0], [5.0], [9.0]])  # Hz
    clean = np.sin(2 * np.pi * tones * seconds)
    hum = 0.6 * np.sin(2 * np.pi * 50.0 * seconds)
    noise = rng.normal(0.0, 0.4, (3, COUNT))
    return clean, clean + hum + noise


def lowpass(signals):
    """Each channel without what lies above the cutoff."""
    spectra = np.fft.rfft(signals)
    frequencies = np.fft.rfftfreq(COUNT, 1 / RATE)
    spectra[:, frequencies > CUTOFF] = 0
    return np.fft.irfft(spectra, n=COUNT)


def strongest(signals):
    """The frequency that carries the most power, by channel."""
    power = np.abs(np.fft.rfft(signals)) ** 2
    frequencies = np.fft.rfftfreq(COUNT, 1 / RATE)
    return frequencies[np.argmax(power, axis=1)]


def rms(errors):
    return np.sqrt(np.mean(errors**2, axis=1))


clean, noisy = record()
smooth = lowpass(noisy)
before, after = rms(noisy - clean), rms(smooth - clean)
expected = smooth, strongest(smooth), after
print(f"error {before.mean():.3f} before, {after.mean():.3f} after")
