"""What the models of scripts/make-models take."""
# Side of the square input, then the shapes of all inputs. inception_v3 was made for 299; fcn_resnet50 takes any size and
# would make 520x520 maps of the size people use, which tells nothing more.
CLASSIFIERS = {
    "alexnet": 224, "vgg16": 224, "googlenet": 224, "inception_v3": 299, "resnet50": 224, "resnext50_32x4d": 224,
    "wide_resnet50_2": 224, "squeezenet1_1": 224, "mobilenet_v2": 224, "mobilenet_v3_large": 224, "densenet121": 224,
    "mnasnet1_0": 224, "shufflenet_v2_x1_0": 224, "efficientnet_b0": 224, "regnet_y_400mf": 224, "convnext_tiny": 224,
    "vit_b_16": 224}
USUAL = {**{name: [(3, side, side)] for name, side in CLASSIFIERS.items()},
          "fcn_resnet50": [(3, 256, 256)], "unet": [(3, 128, 128)], "two_cameras": [(3, 96, 96), (1, 48, 48)]}
# Made only when they are named: models of which times on Raspberry Pis are published (scripts/bench --devices).
PUBLISHED = {"resnet18": [(3, 224, 224)], "vit_b_32": [(3, 384, 384)],
             "yolov8n": [(3, 640, 640)], "yolov8s": [(3, 640, 640)]}
# Likewise: attention in windows.
WINDOWS = {"swin_t": [(3, 224, 224)]}
SHAPES = {**USUAL, **PUBLISHED, **WINDOWS}
