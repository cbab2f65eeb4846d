"""The product on this machine: an AWS emulator and a database of the MongoDB protocol, both from
PyPI and on loopback, with `infra/template.yaml` deployed to them.

    __main__.py     the command line that the Makefile calls
    configuration   ports, folders and template parameters, from the environment
    parameters      values for the template, checked against what it allows
    processes       detached processes: who is ours, and how to stop them for good
    engines         the two engines: command line, environment, health
    deployment      stage the code, package and deploy the template
    running         the stack that runs: .local/stack.json, and its health
    stack           up and down: all of the above together
    logins          the users of a stack that requires tokens
    local_model     the language model of MODEL=local, served by serve_model
    keeping         what outlives a stack with KEEP=true
    disk            what the product keeps on this disk
    logs            what the functions say
"""
