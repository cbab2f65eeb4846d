"""The product on this machine: an AWS emulator and a database of the MongoDB protocol, both from
PyPI and on loopback, with `infra/template.yaml` deployed to them.

    __main__.py     the command line that the Makefile calls
    configuration   ports, folders and template parameters, from the environment
    parameters      values for the template, checked against what it allows
    errors          what ends a command with one sentence
    processes       detached processes: who is ours, and how to stop them for good
    engines         the two engines: command line, environment, health
    deployment      stage the code, package and deploy the template
    stack           up, down, status: all of the above together, and .local/stack.json
    rest            the REST API and the presigned URLs, as the front end uses them
    importing       one file through the whole import
    demo_attributes the demo's required attributes, which burden no later import
    summary         what a person reads of it
    suggesting      asks for suggestions for what lies in the catalogue
    suggestions     what a person reads of those
    logs            what the functions say
"""
