"""Times of the same training steps in PyTorch eager: cifar_model_deep, batch 128, 3x32x32.

    python3 bench/torchSteps.py THREADS ROUNDS  ->  {"CE": milliseconds, "FGSM": milliseconds, "version": ...}
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional


def cifar_model_deep():
    layers, channels = [], 3
    for out, kernel, stride in ((32, 3, 1), (64, 4, 2), (64, 3, 1), (128, 4, 2), (128, 4, 2)):
        layers += [nn.Conv2d(channels, out, kernel, stride, 1), nn.BatchNorm2d(out), nn.ReLU()]
        channels = out
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 4 * 4, 100), nn.ReLU(), nn.Linear(100, 10))


def main(threads, rounds):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = cifar_model_deep().train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    x, y = torch.rand(128, 3, 32, 32), torch.randint(0, 10, (128,))
    epsilon = 2 / 255

    def update(images):
        optimizer.zero_grad()
        functional.cross_entropy(net(images), y).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 8)
        optimizer.step()

    def attacked():
        images = x.clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(functional.cross_entropy(net(images), y), images)
        return (x + 1.25 * epsilon * gradient.sign()).clamp(x - epsilon, x + epsilon).clamp(0, 1)

    def least(step):
        times = []
        for _ in range(rounds + 1):
            start = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - start))
        return min(times[1:])

    figures = {"CE": least(lambda: update(x)), "FGSM": least(lambda: update(attacked()))}
    print(json.dumps({**figures, "version": torch.__version__}))


main(int(sys.argv[1]), int(sys.argv[2]))
