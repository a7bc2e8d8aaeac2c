"""The same training steps in PyTorch eager: cifar_model_deep, batch 128, 3x32x32, one step for every line on stdin.

    python3 bench/torchSteps.py THREADS   <- CE | FGSM | FGSM + GradAlign
                                          -> a line of JSON first: version; then one a step: milliseconds, peak megabytes
"""

import json
import resource
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


def main(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = cifar_model_deep().train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    x, y = torch.rand(128, 3, 32, 32), torch.randint(0, 10, (128,))
    epsilon = 8 / 255

    def update(loss):
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 8)
        optimizer.step()

    def input_gradient(images, twice=False):
        images = images.clone().requires_grad_(True)
        loss = functional.cross_entropy(net(images), y)
        return torch.autograd.grad(loss, images, create_graph=twice)[0]

    def attacked(gradient):
        return (x + 1.25 * epsilon * gradient.sign()).clamp(x - epsilon, x + epsilon).clamp(0, 1)

    def loss_at(images):
        return functional.cross_entropy(net(images), y)

    def grad_align():
        first = input_gradient(x)
        loss = loss_at(attacked(first))
        second = input_gradient((x + epsilon * (2 * torch.rand_like(x) - 1)).clamp(0, 1), twice=True)
        cosine = functional.cosine_similarity(first.flatten(1), second.flatten(1)).mean()
        update(loss + 0.2 * (1 - cosine))

    steps = {
        "CE": lambda: update(loss_at(x)),
        "FGSM": lambda: update(loss_at(attacked(input_gradient(x)))),
        "FGSM + GradAlign": grad_align,
    }
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        steps[line.strip()]()
        milliseconds = 1000 * (time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({"milliseconds": milliseconds, "megabytes": peak}), flush=True)


main(int(sys.argv[1]))
