"""What do callers see when one part after another of a running container breaks under load?"""
