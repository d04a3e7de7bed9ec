def run(seconds, seed):
    raise NotImplementedError
