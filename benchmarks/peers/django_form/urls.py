"""The form and nothing else."""

from django.urls import path

from . import views

urlpatterns = [path("token", views.token), path("pages/<public_id>", views.save)]
