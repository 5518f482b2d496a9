"""As in AWS's SDK."""

default_app_config = "radiograph_sdk.xray.ext.django.apps.XRayConfig"
