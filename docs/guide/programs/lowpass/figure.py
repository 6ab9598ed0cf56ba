import numpy as np


def draw(figure, names):
    clean, noisy, smooth = (np.array(names[name])[0] for name in ("clean", "noisy", "smooth"))
    rate, cutoff = names["RATE"], names["CUTOFF"]
    seconds = np.arange(clean.size) / rate
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
    shown = seconds < 1.4
    left.plot(seconds[shown], noisy[shown], "C0", lw=0.7, alpha=0.7, label="recorded")
    left.plot(seconds[shown], smooth[shown], "C1", lw=2.2, label="filtered")
    left.plot(seconds[shown], clean[shown], "C2--", lw=1.2, label="true tone")
    left.set(title="First channel", xlabel="seconds", ylim=(-2.4, 3.6))
    left.legend(ncols=3, loc="upper center", columnspacing=1.0)
    power = np.abs(np.fft.rfft(noisy)) ** 2 / clean.size
    frequencies = np.fft.rfftfreq(clean.size, 1 / rate)
    right.semilogy(frequencies, power, "C0", lw=0.8)
    right.axvspan(cutoff, frequencies[-1], color="C1", alpha=0.15, lw=0)
    right.text(cutoff + 3, power.max(), "set to zero", color="C1", va="top", ha="left")
    right.set(title="Power as recorded", xlabel="Hz", xlim=(0, frequencies[-1]), ylim=(1e-4, 2 * power.max()))
